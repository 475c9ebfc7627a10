-- Mentions of an hour as a share of what would still be usual: above 1 is unusual.
SELECT
    hour AS time,
    watch AS name,
    round(mentions / greatest(`limit`, 1), 2) AS value
FROM volume_hourly
WHERE $__timeFilter(hour) AND hour <= $__toTime - INTERVAL 1 HOUR
    AND watch IN (${watch:singlequote}) AND `limit` IS NOT NULL
ORDER BY time, name
