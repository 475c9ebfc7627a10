SELECT lang AS name, count() AS value
FROM mentions
WHERE $__timeFilter(counted_at)
    AND hasAny(watches, [${watch:singlequote}])
    AND platform IN (${platform:singlequote}) AND lang IN (${lang:singlequote})
    AND (${words:singlequote} = '' OR positionCaseInsensitiveUTF8(text, ${words:singlequote}) > 0)
GROUP BY name
ORDER BY value DESC, name
LIMIT 12
