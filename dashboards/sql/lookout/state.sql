-- One tile a watch: how it stood at the end of the time shown. 4 critical, 3 warning, 2 info, 1 calm but
-- somebody did not listen in the last hour, 0 calm.
SELECT watch, toUInt8(if(max(level) = 0 AND max(deaf), 1, max(level))) AS level
FROM
(
    SELECT
        arrayJoin([${watch:singlequote}]) AS watch,
        0 AS level,
        (SELECT count() > 0 FROM gaps WHERE from_at <= $__toTime AND until_at > $__toTime - INTERVAL 1 HOUR) AS deaf
    UNION ALL
    SELECT of_watch, level, 0 AS deaf
    FROM
    (
        SELECT
            toString(any(watch)) AS of_watch,
            multiIf(argMax(severity, revision) = 'critical', 4, argMax(severity, revision) = 'warning', 3, 2) AS level
        FROM incident_log
        WHERE updated_at <= $__toTime AND opened_at > $__toTime - INTERVAL 30 DAY AND NOT drill
            AND watch IN (${watch:singlequote})
        GROUP BY id
        HAVING argMax(state, revision) = 'open'
    )
)
GROUP BY watch
ORDER BY level DESC, watch
