-- Phrases and known claims, the most seen first. What a correction repeats counts as a correction of it.
SELECT
    splitByString(': ', reason, 2)[1] AS kind,
    leftUTF8(replaceRegexpAll(splitByString(': ', reason, 2)[2], '[\\p{Cc}\\p{Cf}\\s]+', ' '), 120) AS what,
    countIf(misinformation) AS mentions,
    countIf(NOT misinformation) AS corrections,
    uniqExactIf(author, misinformation AND author != '') AS voices,
    uniqExact(platform) AS platforms,
    min(counted_at) AS first_at,
    max(counted_at) AS last_at
FROM mentions
ARRAY JOIN misinformation_reasons AS reason
WHERE $__timeFilter(counted_at) AND hasAny(watches, [${watch:singlequote}]) AND NOT startsWith(reason, 'correction')
GROUP BY reason
ORDER BY mentions DESC, first_at
LIMIT 30
