-- A tombstone in each partition that has the mention, so that a merge meets both.
INSERT INTO mentions_raw (id, version, is_deleted, stored_at, counted_at, late)
SELECT id, 18446744073709551615, 1, stored_at, min(counted_at), max(late)
FROM mentions_raw
WHERE id IN (SELECT arrayJoin(JSONExtract({ids:String}, 'Array(String)')))
   OR author IN (SELECT arrayJoin(JSONExtract({accounts:String}, 'Array(String)')))
   OR author_handle IN (SELECT arrayJoin(JSONExtract({accounts:String}, 'Array(String)')))
GROUP BY id, stored_at
HAVING max(version) < 18446744073709551615
