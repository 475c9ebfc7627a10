-- As much of each mention as a tally needs, in the one order that decisions see.
SELECT
    id,
    platform,
    toUnixTimestamp64Milli(counted_at),
    version,
    kind,
    lang,
    sentiment,
    author,
    signature,
    text,
    hit_watch,
    hit_urgent,
    hit_vip,
    hit_misinformation
FROM mentions_counted
WHERE NOT late AND hasAny(hit_watch, {watches:Array(String)})
  AND counted_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND counted_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
ORDER BY counted_at, id
