-- Those that incidents named as representative first, the newest of them on top; then what drew most
-- reactions. They are found first, by the few columns that it takes, and read then: texts are long.
SELECT
    leftUTF8(replaceRegexpAll(text, '[\\p{Cc}\\p{Cf}\\s]+', ' '), 280) AS text,
    counted_at AS at,
    platform,
    kind,
    coalesce(sentiment, '') AS sentiment,
    toUInt8(misinformation) AS flagged,
    coalesce(likes, 0) + coalesce(reposts, 0) + coalesce(replies, 0) AS reach,
    if(match(url, '^https?://'), url, '') AS url
FROM mentions
WHERE id IN
(
    SELECT id
    FROM mentions
    WHERE has(watches, ${watch:singlequote}) AND $__timeFilter(counted_at) AND kind != 'repost'
    ORDER BY
        id IN
        (
            SELECT arrayJoin(JSONExtract(evidence, 'posts', 'Array(String)'))
            FROM incident_log
            WHERE watch = ${watch:singlequote} AND $__timeFilter(updated_at)
        ) AS named DESC,
        if(named, counted_at, NULL) DESC NULLS LAST,
        coalesce(likes, 0) + coalesce(reposts, 0) + coalesce(replies, 0) DESC,
        counted_at DESC
    LIMIT 25
)
ORDER BY
    id IN
    (
        SELECT arrayJoin(JSONExtract(evidence, 'posts', 'Array(String)'))
        FROM incident_log
        WHERE watch = ${watch:singlequote} AND $__timeFilter(updated_at)
    ) AS named DESC,
    if(named, at, NULL) DESC NULLS LAST,
    reach DESC,
    at DESC
