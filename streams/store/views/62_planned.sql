-- Planned events, as the newest calendar of a watches file has them: more is expected while they last.
CREATE OR REPLACE VIEW planned AS
SELECT
    event_name AS name,                                          -- as the calendar calls it
    fromUnixTimestamp64Milli(event_from_ms, 'UTC') AS from_at,   -- its beginning
    fromUnixTimestamp64Milli(event_until_ms, 'UTC') AS until_at, -- its end
    event_watches AS watches,                                    -- whom it concerns; empty: every watch
    event_expect AS expect                                       -- how many times the usual is expected meanwhile
FROM (SELECT * FROM calendars_raw FINAL ORDER BY taken_at DESC LIMIT 1)
ARRAY JOIN
    name AS event_name, from_ms AS event_from_ms, until_ms AS event_until_ms, watches AS event_watches,
    expect AS event_expect;
