-- Each attempt to tell somebody of an incident.
CREATE OR REPLACE VIEW notifications AS
SELECT
    incident,  -- id of the incident
    channel,   -- name of the channel in the watches file
    event,     -- what was told: opened, updated, resolved, ...
    at,        -- when
    outcome,   -- delivered, held, retry, failed or digest
    detail,    -- what the other side said, or why it was held
    revision,  -- the incident's state that was told
    attempt    -- 1 for the first
FROM notifications_raw FINAL;
