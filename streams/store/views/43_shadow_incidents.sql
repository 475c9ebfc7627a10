-- What each watch's shadow would have told, in its newest state. Nobody was told, and no other view counts it.
CREATE OR REPLACE VIEW shadow_incidents AS
SELECT
    id,              -- as an incident's, and `-shadow-` with the sensitivity
    watch,           -- name of the watch
    sensitivity,     -- under which it was decided: the watch's `shadow`
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
FROM shadow_incidents_raw FINAL
WHERE (id, revision) IN (SELECT id, max(revision) FROM shadow_incidents_raw GROUP BY id);
