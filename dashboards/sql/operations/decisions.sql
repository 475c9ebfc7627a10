-- What detection decided, also where it told nobody.
SELECT at, watch, signal, verdict, reason
FROM decisions
WHERE $__timeFilter(at)
ORDER BY at DESC
LIMIT 100
