-- How many posts that once took part in decisions do so no more.
SELECT count()
FROM deletions
WHERE NOT late
  AND counted_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND counted_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
