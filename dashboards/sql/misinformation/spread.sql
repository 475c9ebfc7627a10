-- What is spread against what corrects it.
SELECT
    $__timeInterval(counted_at) AS time,
    countIf(misinformation AND kind != 'repost') AS flagged_originals,
    countIf(misinformation AND kind = 'repost') AS flagged_reposts,
    countIf(arrayExists(reason -> startsWith(reason, 'correction'), misinformation_reasons)) AS corrections
FROM mentions
WHERE $__timeFilter(counted_at) AND hasAny(watches, [${watch:singlequote}])
GROUP BY time
ORDER BY time
