SELECT
    leftUTF8(replaceRegexpAll(item, '[\\p{Cc}\\p{Cf}\\s]+', ' '), 80) AS what,
    count() AS mentions,
    uniqExactIf(author, author != '') AS voices,
    min(counted_at) AS first_at
FROM mentions
ARRAY JOIN domains AS item
WHERE $__timeFilter(counted_at)
    AND hasAny(watches, [${watch:singlequote}])
    AND platform IN (${platform:singlequote}) AND lang IN (${lang:singlequote})
    AND (${words:singlequote} = '' OR positionCaseInsensitiveUTF8(text, ${words:singlequote}) > 0)
GROUP BY item
ORDER BY mentions DESC, what
LIMIT 25
