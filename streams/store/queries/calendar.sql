SELECT name, from_ms, until_ms, watches, expect FROM calendars_raw FINAL ORDER BY taken_at DESC LIMIT 1
