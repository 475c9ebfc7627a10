-- Accounts (pseudonyms) behind the most flagged posts: a few that repeat, or many that believe?
SELECT
    leftUTF8(author, 10) AS name,
    count() AS value
FROM mentions
WHERE $__timeFilter(counted_at) AND hasAny(watches, [${watch:singlequote}]) AND misinformation AND author != ''
GROUP BY author
ORDER BY value DESC, author
LIMIT 10
