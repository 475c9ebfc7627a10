-- Minutes of the time shown in which some source was not heard; sources that were away together count once.
SELECT
    intervalLengthSum(
        toUnixTimestamp(greatest(from_at, toDateTime64($__fromTime, 3, 'UTC'))),
        toUnixTimestamp(least(until_at, toDateTime64($__toTime, 3, 'UTC')))
    ) / 60 AS unheard
FROM gaps
WHERE from_at < $__toTime AND until_at > $__fromTime
