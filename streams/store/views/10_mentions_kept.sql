-- Every mention once, newest edit, drills among them; what was retracted is gone.
CREATE OR REPLACE VIEW mentions_kept AS
SELECT *
FROM mentions_raw FINAL
WHERE id NOT IN (SELECT subject FROM retractions_raw WHERE scope = 'mention')
  AND author NOT IN (SELECT subject FROM retractions_raw WHERE scope = 'account')
  AND author_handle NOT IN (SELECT subject FROM retractions_raw WHERE scope = 'account');
