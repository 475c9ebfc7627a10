-- A page of what matched one watch, after (counted_at, id), in that order.
SELECT
    id,
    toUnixTimestamp64Milli(counted_at),
    version,
    late,
    drill,
    platform,
    kind,
    lang,
    sentiment,
    hit_misinformation[indexOf(hit_watch, {watch:String})],
    hit_urgent[indexOf(hit_watch, {watch:String})],
    hit_vip[indexOf(hit_watch, {watch:String})],
    author,
    narrative,
    signature,
    text
FROM mentions_kept
WHERE has(hit_watch, {watch:String})
  AND counted_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND counted_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
  AND (counted_at, id) > (fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC'), {after_id:String})
ORDER BY counted_at, id
LIMIT {page:UInt64}
