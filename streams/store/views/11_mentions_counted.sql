-- What every count is made of: without drills, unless the store is a demo's own.
CREATE OR REPLACE VIEW mentions_counted AS
SELECT *
FROM mentions_kept
WHERE NOT drill OR (SELECT count() FROM store_settings FINAL WHERE key = 'demo' AND value = '1') > 0;
