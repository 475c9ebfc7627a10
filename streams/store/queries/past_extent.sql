-- From when to when there is something of these watches that took part in decisions.
SELECT toUnixTimestamp64Milli(min(counted_at)), toUnixTimestamp64Milli(max(counted_at)), count()
FROM mentions_counted
WHERE NOT late AND hasAny(hit_watch, {watches:Array(String)})
