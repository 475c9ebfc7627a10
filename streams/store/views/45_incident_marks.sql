-- What people said of each incident, the newest word alone (`vigie incidents mark`).
CREATE OR REPLACE VIEW incident_marks AS
SELECT
    incident,   -- its id, in `incidents` or `shadow_incidents`
    verdict,    -- true or false: was it worth telling?
    why,        -- in words; no personal data belongs here
    marked_by,  -- who said so: a login or a role
    marked_at,  -- when
    began_at    -- when the matter really began; NULL where nobody said
FROM incident_marks_raw FINAL
ORDER BY incident, marked_at DESC, verdict, marked_by
LIMIT 1 BY incident;
