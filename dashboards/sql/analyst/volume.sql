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
                watch,
                count() AS value
            FROM mentions
            ARRAY JOIN watches AS watch
            WHERE $__timeFilter(counted_at)
                AND watch IN (${watch:singlequote})
                AND platform IN (${platform:singlequote}) AND lang IN (${lang:singlequote})
                AND (${words:singlequote} = '' OR positionCaseInsensitiveUTF8(text, ${words:singlequote}) > 0)
            GROUP BY time, watch
        )
    )
)
WHERE place <= 8
ORDER BY time, name
