-- To be looked at by a person: the known claims first, then what drew most reactions.
SELECT
    leftUTF8(replaceRegexpAll(text, '[\\p{Cc}\\p{Cf}\\s]+', ' '), 280) AS text,
    counted_at AS at,
    platform,
    kind,
    leftUTF8(replaceRegexpAll(arrayStringConcat(misinformation_reasons, ' · '), '[\\p{Cc}\\p{Cf}\\s]+', ' '), 160) AS why,
    nullIf(misinformation_score, 0) AS score,
    coalesce(likes, 0) + coalesce(reposts, 0) + coalesce(replies, 0) AS reach,
    if(match(url, '^https?://'), url, '') AS url
FROM mentions
WHERE id IN
(
    SELECT id
    FROM mentions
    WHERE $__timeFilter(counted_at) AND hasAny(watches, [${watch:singlequote}]) AND misinformation AND kind != 'repost'
    ORDER BY arrayExists(reason -> startsWith(reason, 'claim'), misinformation_reasons) DESC, coalesce(likes, 0) + coalesce(reposts, 0) + coalesce(replies, 0) DESC, counted_at DESC
    LIMIT 50
)
ORDER BY arrayExists(reason -> startsWith(reason, 'claim'), misinformation_reasons) DESC, reach DESC, at DESC
