-- Planned events of the watches shown: the band is higher there, and a rise may be theirs.
SELECT
    greatest(from_at, toDateTime64($__fromTime, 3, 'UTC')) AS time,
    least(until_at, toDateTime64($__toTime, 3, 'UTC')) AS timeEnd,
    concat(leftUTF8(replaceRegexpAll(name, '[\\p{Cc}\\p{Cf}\\s]+', ' '), 120), ' (×', toString(expect), ')') AS text,
    'planned' AS tags
FROM planned
WHERE from_at <= $__toTime AND until_at >= $__fromTime
    AND (empty(watches) OR hasAny(watches, [${watch:singlequote}]))
ORDER BY time
