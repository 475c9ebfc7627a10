-- The last full hour of the time shown, watch by watch, against what was usual for it.
SELECT
    watch,
    sum(n_mentions) AS mentions,
    max(n_expected) AS expected,
    max(n_limit) AS limit_at,
    if(mentions > 0, sum(n_negative) / mentions, NULL) AS negative_share,
    sum(n_flagged) AS flagged
FROM
(
    SELECT
        arrayJoin(watches) AS watch,
        count() AS n_mentions,
        countIf(sentiment = 'negative') AS n_negative,
        countIf(misinformation) AS n_flagged,
        CAST(NULL AS Nullable(Float64)) AS n_expected,
        CAST(NULL AS Nullable(Float64)) AS n_limit
    FROM mentions
    WHERE counted_at > $__toTime - INTERVAL 1 HOUR AND counted_at <= $__toTime
    GROUP BY watch
    UNION ALL
    SELECT watch, 0, 0, 0, argMax(expected, hour), argMax(`limit`, hour)
    FROM volume_hourly
    WHERE hour > $__toTime - INTERVAL 2 HOUR AND hour <= $__toTime AND expected IS NOT NULL
    GROUP BY watch
)
WHERE watch IN (${watch:singlequote})
GROUP BY watch
ORDER BY mentions / greatest(coalesce(limit_at, 1), 1) DESC, watch
