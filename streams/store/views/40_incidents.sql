-- Each incident in its newest state.
CREATE OR REPLACE VIEW incidents AS
SELECT
    id,              -- derives from watch, signal and start: the same in every run
    watch,           -- name of the watch
    signal,          -- volume, slow-burn, narrative, negative, misinformation, urgent, vip or silence
    state,           -- open or resolved
    severity,        -- info, warning or critical
    opened_at,       -- data time of the decision that opened it
    updated_at,      -- data time of its newest state
    resolved_at,     -- NULL while open
    observed,        -- mentions in the window, or a share for share signals
    expected,        -- usual for that window
    `limit`,         -- above this it is unusual
    summary,         -- a sentence, in the language of the watches file
    evidence,        -- JSON: what the rise is made of
    config_hash,     -- of the watches file that decided
    model_versions,  -- of the models that scored
    drill,           -- part of an exercise
    revision         -- number of its newest state, 1 for opened
FROM incidents_raw FINAL
WHERE (id, revision) IN (SELECT id, max(revision) FROM incidents_raw GROUP BY id);
