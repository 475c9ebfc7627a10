-- What is exported: everything but what would name a person. The thousand are found first, by the few
-- columns that it takes, and read then: texts are long.
SELECT
    leftUTF8(replaceRegexpAll(text, '[\\p{Cc}\\p{Cf}\\s]+', ' '), 280) AS text,
    counted_at AS at,
    platform,
    kind,
    lang,
    coalesce(sentiment, '') AS sentiment,
    toUInt8(misinformation) AS flagged,
    coalesce(likes, 0) + coalesce(reposts, 0) + coalesce(replies, 0) AS reach,
    if(match(url, '^https?://'), url, '') AS url,
    id
FROM mentions
WHERE id IN
(
    SELECT id
    FROM mentions
    WHERE $__timeFilter(counted_at)
        AND hasAny(watches, [${watch:singlequote}])
        AND platform IN (${platform:singlequote}) AND lang IN (${lang:singlequote})
        AND (${words:singlequote} = '' OR positionCaseInsensitiveUTF8(text, ${words:singlequote}) > 0)
    ORDER BY counted_at DESC, id
    LIMIT 1000
)
ORDER BY at DESC, id
