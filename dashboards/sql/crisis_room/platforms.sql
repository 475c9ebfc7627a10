SELECT platform AS name, count() AS value
FROM mentions
WHERE has(watches, ${watch:singlequote}) AND $__timeFilter(counted_at)
GROUP BY name
ORDER BY value DESC, name
LIMIT 12
