-- Posts that were stored and then deleted at their source, or whose account was: when each had counted, and nothing else of it.
CREATE OR REPLACE VIEW deletions AS
SELECT
    min(counted_at) AS counted_at,  -- when it counted
    max(late) AS late               -- came too late to take part in a decision
FROM mentions_raw
WHERE version = 18446744073709551615
GROUP BY id;
