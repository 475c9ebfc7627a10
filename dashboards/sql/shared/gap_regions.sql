-- Drawn over every chart, so that a hole is not read as calm.
SELECT
    greatest(from_at, toDateTime64($__fromTime, 3, 'UTC')) AS time,
    least(until_at, toDateTime64($__toTime, 3, 'UTC')) AS timeEnd,
    concat(platform, ' (', connector, '): ', reason) AS text,
    platform AS tags
FROM gaps
WHERE from_at <= $__toTime AND until_at >= $__fromTime
ORDER BY time
