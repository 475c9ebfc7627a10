-- The stretches that touch the time shown, cut to it.
SELECT
    greatest(from_at, toDateTime64($__fromTime, 3, 'UTC')) AS from_at,
    least(until_at, toDateTime64($__toTime, 3, 'UTC')) AS until_at,
    dateDiff('second', from_at, until_at) / 60 AS minutes,
    platform,
    connector,
    reason
FROM gaps AS g
WHERE g.from_at <= $__toTime AND g.until_at >= $__fromTime
ORDER BY from_at DESC
LIMIT 200
