-- What is open at the end of the time shown, then what else happened in it; newest first.
SELECT
    severity,
    summary,
    watch,
    signal,
    state,
    opened_at,
    if(state = 'open', NULL, resolved_at) AS resolved_at,
    drill,
    toUnixTimestamp64Milli(opened_at - INTERVAL 1 DAY) AS from_ms,
    toUnixTimestamp64Milli(coalesce(resolved_at, updated_at) + INTERVAL 6 HOUR) AS to_ms
FROM
(
    SELECT * FROM incident_log
    WHERE updated_at <= $__toTime AND opened_at > $__fromTime - INTERVAL 30 DAY
        AND watch IN (${watch:singlequote})
    ORDER BY revision DESC
    LIMIT 1 BY id
)
WHERE coalesce(resolved_at, toDateTime64($__toTime, 3, 'UTC')) >= $__fromTime
ORDER BY state = 'open' DESC, opened_at DESC
LIMIT 50
