-- Input that could not be read, byte for byte.
CREATE OR REPLACE VIEW dead_letters AS
SELECT
    at,        -- when it was first parked
    origin,    -- file, topic or connector
    position,  -- where in its origin: a line, an offset
    reason,    -- what was wrong, in words
    raw        -- the bytes as they came
FROM dead_letters_raw FINAL;
