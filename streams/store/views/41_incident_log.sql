-- Every state of every incident: opened, updated, resolved, as it happened.
CREATE OR REPLACE VIEW incident_log AS
SELECT
    id,              -- of the incident
    revision,        -- number of this state, 1 for opened
    event,           -- opened, updated or resolved
    watch,           -- name of the watch
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
FROM incidents_raw FINAL;
