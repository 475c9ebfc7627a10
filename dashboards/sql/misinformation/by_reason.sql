-- The six most seen phrases and claims over time; the rank in a name is what gives it its colour.
SELECT time, concat(toString(place), ' · ', reason) AS name, value
FROM
(
    SELECT time, reason, value, dense_rank() OVER (ORDER BY total DESC, reason) AS place
    FROM
    (
        SELECT time, reason, value, sum(value) OVER (PARTITION BY reason) AS total
        FROM
        (
            SELECT
                $__timeInterval(counted_at) AS time,
                leftUTF8(replaceRegexpAll(each, '[\\p{Cc}\\p{Cf}\\s]+', ' '), 60) AS reason,
                count() AS value
            FROM mentions
            ARRAY JOIN misinformation_reasons AS each
            WHERE $__timeFilter(counted_at) AND hasAny(watches, [${watch:singlequote}]) AND misinformation
                AND NOT startsWith(each, 'correction')
            GROUP BY time, reason
        )
    )
)
WHERE place <= 6
ORDER BY time, name
