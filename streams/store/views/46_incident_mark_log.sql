-- Every word that people said of incidents, those taken back too.
CREATE OR REPLACE VIEW incident_mark_log AS
SELECT
    incident,   -- its id, in `incidents` or `shadow_incidents`
    verdict,    -- true or false: was it worth telling?
    why,        -- in words; no personal data belongs here
    marked_by,  -- who said so: a login or a role
    marked_at,  -- when
    began_at    -- when the matter really began; NULL where nobody said
FROM incident_marks_raw FINAL;
