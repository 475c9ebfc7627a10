-- People who were not told, or not at once.
SELECT at, channel, event, outcome, detail, incident
FROM notifications
WHERE $__timeFilter(at) AND outcome IN ('failed', 'retry')
ORDER BY at DESC
LIMIT 100
