SELECT DISTINCT lang FROM mentions WHERE $__timeFilter(counted_at) ORDER BY lang
