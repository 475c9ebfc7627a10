-- Newest state of each. `all` = 1: whatever the id; `open` = 1: those not resolved alone.
SELECT argMax(record, revision)
FROM incidents_raw FINAL
WHERE ({all:UInt8} = 1 OR id IN (SELECT arrayJoin(JSONExtract({ids:String}, 'Array(String)'))))
  AND opened_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND opened_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
GROUP BY id
HAVING {open:UInt8} = 0 OR argMax(state, revision) = 'open'
ORDER BY min(opened_at), id
