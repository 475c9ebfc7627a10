-- Who sets it right already, and where.
SELECT
    leftUTF8(replaceRegexpAll(text, '[\\p{Cc}\\p{Cf}\\s]+', ' '), 280) AS text,
    counted_at AS at,
    platform,
    kind,
    coalesce(likes, 0) + coalesce(reposts, 0) + coalesce(replies, 0) AS reach,
    if(match(url, '^https?://'), url, '') AS url
FROM mentions
WHERE id IN
(
    SELECT id
    FROM mentions
    WHERE $__timeFilter(counted_at) AND hasAny(watches, [${watch:singlequote}])
        AND arrayExists(reason -> startsWith(reason, 'correction'), misinformation_reasons)
    ORDER BY coalesce(likes, 0) + coalesce(reposts, 0) + coalesce(replies, 0) DESC, counted_at DESC
    LIMIT 25
)
ORDER BY reach DESC, at DESC
