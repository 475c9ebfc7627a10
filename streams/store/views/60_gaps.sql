-- What nobody listened to: to be read beside every count.
CREATE OR REPLACE VIEW gaps AS
SELECT
    connector,  -- which connector
    platform,   -- of which platform
    from_at,    -- first moment not seen
    until_at,   -- first moment seen again
    reason      -- in words
FROM gaps_raw FINAL;
