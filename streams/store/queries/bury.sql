-- A tombstone in each partition that has the mention, so that a merge meets both.
INSERT INTO mentions_raw (id, version, is_deleted, stored_at, counted_at)
SELECT id, 18446744073709551615, 1, stored_at, min(counted_at)
FROM mentions_raw
WHERE id IN {ids:Array(String)} OR author IN {accounts:Array(String)} OR author_handle IN {accounts:Array(String)}
GROUP BY id, stored_at
HAVING max(is_deleted) = 0
