-- Newest first; the bytes themselves stay in the view.
SELECT at, origin, position, leftUTF8(replaceRegexpAll(reason, '[\\p{Cc}\\p{Cf}\\s]+', ' '), 200) AS reason, length(raw) AS bytes
FROM dead_letters
WHERE $__timeFilter(at)
ORDER BY at DESC
LIMIT 100
