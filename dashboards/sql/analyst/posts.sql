-- What is exported: everything but what would name a person.
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
WHERE $__timeFilter(counted_at)
    AND hasAny(watches, [${watch:singlequote}])
    AND platform IN (${platform:singlequote}) AND lang IN (${lang:singlequote})
    AND positionCaseInsensitiveUTF8(text, ${words:singlequote}) > 0
ORDER BY at DESC
LIMIT 1000
