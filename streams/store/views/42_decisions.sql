-- What detection decided and why, also where it told nobody.
CREATE OR REPLACE VIEW decisions AS
SELECT
    at,        -- data time of the decision
    watch,     -- name of the watch
    signal,    -- volume, negative, misinformation, urgent, vip or silence
    verdict,   -- open, update, resolve, hold back, mute, ...
    reason,    -- in words
    incident   -- the incident it concerns; empty if none
FROM decisions_raw FINAL;
