-- Posts that say nearly the same, the most repeated first. One text stands for each, cleaned of what could
-- turn or hide letters.
SELECT
    leftUTF8(replaceRegexpAll(argMin(text, counted_at), '[\\p{Cc}\\p{Cf}\\s]+', ' '), 240) AS text,
    count() AS mentions,
    uniqExactIf(author, author != '') AS voices,
    countIf(kind = 'repost') / mentions AS repost_share,
    countIf(sentiment = 'negative') / mentions AS negative_share,
    min(counted_at) AS first_at,
    max(counted_at) AS last_at
FROM mentions
WHERE has(watches, ${watch:singlequote}) AND $__timeFilter(counted_at) AND narrative != ''
GROUP BY narrative
HAVING mentions > 1
ORDER BY mentions DESC, first_at
LIMIT 15
