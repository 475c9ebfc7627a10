-- The watches that were spoken of, or decided, in the time shown.
SELECT DISTINCT watch FROM volume_hourly WHERE $__timeFilter(hour) ORDER BY watch
