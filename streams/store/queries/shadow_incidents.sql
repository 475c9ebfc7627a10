-- Newest state of each, oldest first.
SELECT argMax(record, revision)
FROM shadow_incidents_raw FINAL
GROUP BY id
ORDER BY min(opened_at), id
