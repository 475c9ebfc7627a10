SELECT toUnixTimestamp64Milli(max(decided_until)), count()
FROM detector_states_raw
WHERE has({watches:Array(String)}, watch)
