-- For each watch and hour of counted_at: how much was said, and how much was to be expected. An hour
-- without mentions stands here where detection expected some.
CREATE OR REPLACE VIEW volume_hourly AS
SELECT
    watch,                                        -- name of the watch
    CAST(hour_at AS DateTime64(3, 'UTC')) AS hour, -- start of the hour, UTC
    sum(n_mentions) AS mentions,                  -- late ones too
    sum(n_originals) AS originals,                -- everything that is not a repost
    sum(n_reposts) AS reposts,                    -- repeats of another post
    sum(n_authors) AS authors,                    -- distinct accounts, as far as known
    sum(n_negative) AS negative,                  -- of mentions; unsure ones too
    sum(n_misinformation) AS misinformation,      -- of mentions, flagged for this watch
    max(n_expected) AS expected,                  -- mentions in this hour; NULL where detection said nothing
    max(n_limit) AS `limit`                       -- more than this is unusual; NULL where detection said nothing
FROM
(
    SELECT
        watch,
        toStartOfHour(counted_at) AS hour_at,
        count() AS n_mentions,
        countIf(kind != 'repost') AS n_originals,
        countIf(kind = 'repost') AS n_reposts,
        uniqExactIf(author, author != '') AS n_authors,
        countIf(sentiment = 'negative') AS n_negative,
        countIf(flagged) AS n_misinformation,
        CAST(NULL AS Nullable(Float64)) AS n_expected,
        CAST(NULL AS Nullable(Float64)) AS n_limit
    FROM mentions_counted
    ARRAY JOIN CAST(hit_watch AS Array(String)) AS watch, hit_misinformation AS flagged
    GROUP BY watch, hour_at
    UNION ALL
    SELECT
        CAST(watch AS String), hour, toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0),
        CAST(expected AS Nullable(Float64)), CAST(`limit` AS Nullable(Float64))
    FROM expectations_raw FINAL
)
GROUP BY watch, hour_at;
