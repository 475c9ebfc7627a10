-- The largest version is a tombstone's: gone for good. A smaller one that is deleted is a trace: a state without a text.
SELECT
    id,
    maxIf(version, version < 18446744073709551615),
    toUnixTimestamp64Milli(min(counted_at)),
    toUnixTimestamp(min(stored_at)),
    max(late),
    max(version) = 18446744073709551615 AS gone,
    NOT gone AND min(is_deleted) = 1,
    if(gone, '', max(author)),
    if(gone, '', max(author_handle))
FROM mentions_raw
WHERE id IN (SELECT arrayJoin(JSONExtract({ids:String}, 'Array(String)')))
GROUP BY id
