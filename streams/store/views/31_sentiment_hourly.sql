-- For each watch, hour of counted_at and language: how it was said. Languages without a model are absent.
CREATE OR REPLACE VIEW sentiment_hourly AS
SELECT
    watch,                                                         -- name of the watch
    CAST(toStartOfHour(counted_at) AS DateTime64(3, 'UTC')) AS hour, -- start of the hour, UTC
    lang,                                                          -- language, ISO 639-1
    countIf(sentiment = 'negative') AS negative,                   -- mentions
    countIf(sentiment = 'neutral') AS neutral,                     -- mentions
    countIf(sentiment = 'positive') AS positive,                   -- mentions
    countIf(sentiment_unsure) AS unsure                            -- of all three: where the model was not sure
FROM mentions_counted
ARRAY JOIN CAST(hit_watch AS Array(String)) AS watch
WHERE sentiment IS NOT NULL
GROUP BY watch, hour, lang;
