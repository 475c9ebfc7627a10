SELECT subject, toUnixTimestamp64Milli(min(observed_at))
FROM retractions_raw
WHERE scope = {scope:String} AND subject IN {subjects:Array(String)}
GROUP BY subject
