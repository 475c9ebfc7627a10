-- Every state of what each watch's shadow would have told, as it happened. Nobody was told.
CREATE OR REPLACE VIEW shadow_incident_log AS
SELECT
    id,              -- of the shadow incident
    revision,        -- number of this state, 1 for opened
    event,           -- opened, updated or resolved
    watch,           -- name of the watch
    sensitivity,     -- under which it was decided: the watch's `shadow`
    signal,          -- volume, slow-burn, narrative, negative, misinformation, urgent, vip or silence
    state,           -- open or resolved
    severity,        -- info, warning or critical
    opened_at,       -- data time of the decision that opened it
    updated_at,      -- data time of this state
    resolved_at,     -- NULL while open
    observed,        -- mentions in the window, or a share for share signals
    expected,        -- usual for that window
    `limit`,         -- above this it is unusual
    summary,         -- a sentence, in the language of the watches file
    evidence,        -- JSON: what the rise is made of
    config_hash,     -- of the watches file that decided
    model_versions,  -- of the models that scored
    drill            -- part of an exercise
FROM shadow_incidents_raw FINAL;
