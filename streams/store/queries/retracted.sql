SELECT subject, toUnixTimestamp64Milli(min(observed_at))
FROM retractions_raw
WHERE scope = {scope:String} AND subject IN (SELECT arrayJoin(JSONExtract({subjects:String}, 'Array(String)')))
GROUP BY subject
