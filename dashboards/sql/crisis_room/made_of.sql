-- What the newest rise in the time shown is made of, as its incident recorded it.
SELECT
    JSONExtractUInt(evidence, 'originals') AS originals,
    JSONExtractUInt(evidence, 'reposts') AS reposts,
    JSONExtractFloat(evidence, 'near_duplicate_share') AS alike_share,
    JSONExtract(evidence, 'authors', 'Nullable(UInt64)') AS voices,
    JSONExtract(evidence, 'new_authors', 'Nullable(UInt64)') / nullIf(voices, 0) AS new_share,
    JSONExtract(evidence, 'top_authors_share', 'Nullable(Float64)') AS loudest_share,
    JSONExtract(evidence, 'negative_share', 'Nullable(Float64)') AS negative_share,
    JSONExtract(evidence, 'negative_share_usual', 'Nullable(Float64)') AS negative_usual
FROM incident_log
WHERE watch = ${watch:singlequote} AND updated_at <= $__toTime AND event != 'resolved' AND signal != 'vip'
    AND opened_at >= $__fromTime - INTERVAL 7 DAY
ORDER BY updated_at DESC, revision DESC
LIMIT 1
