SELECT
    id,
    maxIf(version, is_deleted = 0),
    toUnixTimestamp64Milli(min(counted_at)),
    toUnixTimestamp(min(stored_at)),
    max(late),
    max(is_deleted) = 1
FROM mentions_raw
WHERE id IN (SELECT arrayJoin(JSONExtract({ids:String}, 'Array(String)')))
GROUP BY id
