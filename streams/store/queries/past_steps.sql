-- How much each step has, so that the past can be read in pieces of about one size.
SELECT intDiv(toUnixTimestamp(counted_at), {step_s:UInt32}) * {step_s:UInt32} AS begins_s, count()
FROM mentions_counted
WHERE NOT late AND hasAny(hit_watch, {watches:Array(String)})
  AND counted_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND counted_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
GROUP BY begins_s
ORDER BY begins_s
