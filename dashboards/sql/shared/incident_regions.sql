-- From its beginning to its end, or to the end of the time shown; as it was known then.
SELECT
    greatest(opened_at, toDateTime64($__fromTime, 3, 'UTC')) AS time,
    least(coalesce(resolved_at, toDateTime64($__toTime, 3, 'UTC')), toDateTime64($__toTime, 3, 'UTC')) AS timeEnd,
    summary AS text,
    severity AS tags
FROM
(
    SELECT * FROM incident_log
    WHERE updated_at <= $__toTime AND opened_at > $__fromTime - INTERVAL 30 DAY
        AND watch IN (${watch:singlequote})
    ORDER BY revision DESC
    LIMIT 1 BY id
)
WHERE coalesce(resolved_at, toDateTime64($__toTime, 3, 'UTC')) >= $__fromTime
ORDER BY time
