SELECT DISTINCT platform FROM mentions WHERE $__timeFilter(counted_at) ORDER BY platform
