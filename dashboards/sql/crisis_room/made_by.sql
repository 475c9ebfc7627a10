-- Of whom the newest rise in the time shown was made, as its incident recorded it.
SELECT
    JSONExtract(evidence, 'authors', 'Nullable(UInt64)') AS voices,
    JSONExtract(evidence, 'new_authors', 'Nullable(UInt64)') / nullIf(voices, 0) AS new_share,
    JSONExtract(evidence, 'top_authors_share', 'Nullable(Float64)') AS loudest_share
FROM incident_log
WHERE watch = ${watch:singlequote} AND updated_at <= $__toTime AND event != 'resolved' AND signal != 'vip'
    AND opened_at >= $__fromTime - INTERVAL 7 DAY
ORDER BY updated_at DESC, revision DESC
LIMIT 1
