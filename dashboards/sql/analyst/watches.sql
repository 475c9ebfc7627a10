SELECT
    watch,
    count() AS mentions,
    countIf(kind = 'repost') / mentions AS repost_share,
    uniqExactIf(author, author != '') AS voices,
    countIf(sentiment = 'negative') / nullIf(countIf(sentiment IS NOT NULL), 0) AS negative_share,
    countIf(sentiment = 'positive') / nullIf(countIf(sentiment IS NOT NULL), 0) AS positive_share,
    countIf(misinformation) AS flagged
FROM mentions
ARRAY JOIN watches AS watch
WHERE $__timeFilter(counted_at)
    AND watch IN (${watch:singlequote})
    AND platform IN (${platform:singlequote}) AND lang IN (${lang:singlequote})
    AND (${words:singlequote} = '' OR positionCaseInsensitiveUTF8(text, ${words:singlequote}) > 0)
GROUP BY watch
ORDER BY mentions DESC, watch
