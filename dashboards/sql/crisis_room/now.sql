-- How it stands in the last hour of the time shown.
SELECT
    toUInt8(if(worst = 0 AND deaf, 1, worst)) AS level,
    mentions,
    usual,
    voices,
    if(mentions > 0, negatives / mentions, NULL) AS negative_share,
    flagged
FROM
(
SELECT
    coalesce((
        SELECT max(multiIf(severity = 'critical', 4, severity = 'warning', 3, 2))
        FROM
        (
            SELECT argMax(severity, revision) AS severity
            FROM incident_log
            WHERE watch = ${watch:singlequote} AND updated_at <= $__toTime AND NOT drill
            GROUP BY id
            HAVING argMax(state, revision) = 'open'
        )
    ), 0) AS worst,
    (SELECT count() > 0 FROM gaps WHERE from_at <= $__toTime AND until_at > $__toTime - INTERVAL 1 HOUR) AS deaf,
    count() AS mentions,
    (
        SELECT argMax(expected, hour) FROM volume_hourly
        WHERE watch = ${watch:singlequote} AND hour > $__toTime - INTERVAL 2 HOUR AND hour <= $__toTime AND expected IS NOT NULL
    ) AS usual,
    uniqExactIf(author, author != '') AS voices,
    countIf(sentiment = 'negative') AS negatives,
    countIf(misinformation) AS flagged
FROM mentions
WHERE has(watches, ${watch:singlequote}) AND counted_at > $__toTime - INTERVAL 1 HOUR AND counted_at <= $__toTime
)
