-- Each hour's mentions within the band from what is expected to the limit.
SELECT hour AS time, mentions, expected, `limit` AS limit_at
FROM volume_hourly
WHERE watch = ${watch:singlequote} AND $__timeFilter(hour)
ORDER BY time
