-- The eight watches with most mentions; the rank in a name is what gives it its colour.
SELECT time, concat(toString(place), ' · ', watch) AS name, value
FROM
(
    SELECT time, watch, value, dense_rank() OVER (ORDER BY total DESC, watch) AS place
    FROM
    (
        SELECT time, watch, value, sum(value) OVER (PARTITION BY watch) AS total
        FROM
        (
            SELECT
                $__timeInterval(counted_at) AS time,
                arrayJoin(arrayIntersect(watches, [${watch:singlequote}])) AS watch,
                count() AS value
            FROM mentions
            WHERE $__timeFilter(counted_at)
                AND hasAny(watches, [${watch:singlequote}])
                AND platform IN (${platform:singlequote}) AND lang IN (${lang:singlequote})
                AND positionCaseInsensitiveUTF8(text, ${words:singlequote}) > 0
            GROUP BY time, watch
        )
    )
)
WHERE place <= 8
ORDER BY time, name
