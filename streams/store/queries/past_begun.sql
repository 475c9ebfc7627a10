-- The first hour that detection said something of.
SELECT toUnixTimestamp(min(hour)), count()
FROM expectations_raw
WHERE has({watches:Array(String)}, watch)
