-- Every state of this watch's incidents that was told of in the time shown, newest first.
SELECT updated_at AS at, event, severity, signal, observed, expected, summary, drill, id
FROM incident_log
WHERE watch = ${watch:singlequote} AND $__timeFilter(updated_at)
ORDER BY updated_at DESC, revision DESC
LIMIT 100
