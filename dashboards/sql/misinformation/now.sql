-- Of the time shown.
SELECT
    countIf(misinformation) AS flagged,
    if(count() > 0, flagged / count(), NULL) AS flagged_share,
    uniqExactIf(author, misinformation AND author != '') AS voices,
    countIf(misinformation AND kind = 'repost') AS flagged_reposts,
    countIf(arrayExists(reason -> startsWith(reason, 'correction'), misinformation_reasons)) AS corrections,
    if(corrections > 0, flagged / corrections, NULL) AS per_correction
FROM mentions
WHERE $__timeFilter(counted_at) AND hasAny(watches, [${watch:singlequote}])
