-- In which words the newest rise in the time shown was made, as its incident recorded it.
SELECT
    JSONExtractUInt(evidence, 'originals') AS originals,
    JSONExtractUInt(evidence, 'reposts') AS reposts,
    JSONExtractFloat(evidence, 'near_duplicate_share') AS alike_share,
    JSONExtract(evidence, 'negative_share', 'Nullable(Float64)') AS negative_share,
    JSONExtract(evidence, 'negative_share_usual', 'Nullable(Float64)') AS negative_usual
FROM incident_log
WHERE watch = ${watch:singlequote} AND updated_at <= $__toTime AND event != 'resolved' AND signal != 'vip'
    AND opened_at >= $__fromTime - INTERVAL 7 DAY
ORDER BY updated_at DESC, revision DESC
LIMIT 1
