-- Posts that carry a reason to look.
SELECT hour AS time, misinformation AS flagged
FROM volume_hourly
WHERE watch = ${watch:singlequote} AND $__timeFilter(hour)
ORDER BY time
