-- Every attempt to tell somebody of this watch's incidents, and every decision not to.
SELECT at, channel, event, outcome, detail, attempt
FROM notifications
WHERE $__timeFilter(at) AND incident IN (SELECT id FROM incidents WHERE watch = ${watch:singlequote})
ORDER BY at DESC
LIMIT 100
