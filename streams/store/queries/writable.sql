-- Asks for the right to write, and writes nothing.
INSERT INTO mentions_raw SELECT * FROM mentions_raw WHERE 0
