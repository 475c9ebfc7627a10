-- What detection decided and why, also where it told nobody.
CREATE OR REPLACE VIEW decisions AS
SELECT
    at,        -- data time of the decision
    watch,     -- name of the watch
    signal,    -- volume, slow-burn, narrative, negative, misinformation, urgent, vip or silence
    verdict,   -- opened, updated, resolved; held: above its limit or loud, and not told; muted: explained by the calendar or by a gap; shadow begins: from here on it may be compared
    reason,    -- in words
    incident   -- the incident it concerns; empty if none
FROM decisions_raw FINAL;
