-- Who makes the noise: what people wrote themselves, what they passed on, and how many they are.
SELECT hour AS time, originals, reposts, authors
FROM volume_hourly
WHERE watch = ${watch:singlequote} AND $__timeFilter(hour)
ORDER BY time
