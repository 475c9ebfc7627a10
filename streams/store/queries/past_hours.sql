-- Hours of which detection said what was usual: in the others between two of them nothing was running.
SELECT DISTINCT toUnixTimestamp(hour) AS hour_s
FROM expectations_raw
WHERE hour >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND hour < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
ORDER BY hour_s
