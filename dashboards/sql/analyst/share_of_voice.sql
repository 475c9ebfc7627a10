-- A post of two watches counts for both: shares are of all that is counted.
SELECT name, hits / sum(hits) OVER () AS value
FROM
(
    SELECT name, count() AS hits
    FROM mentions
    ARRAY JOIN watches AS name
    WHERE $__timeFilter(counted_at)
    AND name IN (${watch:singlequote})
    AND platform IN (${platform:singlequote}) AND lang IN (${lang:singlequote})
    AND (${words:singlequote} = '' OR positionCaseInsensitiveUTF8(text, ${words:singlequote}) > 0)
    GROUP BY name
)
ORDER BY value DESC, name
LIMIT 20
