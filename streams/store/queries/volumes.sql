SELECT intDiv(toUnixTimestamp64Milli(counted_at), {step_ms:Int64}) * {step_ms:Int64} AS step_at, count()
FROM mentions_counted
WHERE has(hit_watch, {watch:String})
  AND NOT late
  AND counted_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND counted_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
GROUP BY step_at
ORDER BY step_at
