-- What must stay away: `subject` is a mention's id, or an account's pseudonym. Never expires, so that an
-- old recording played again after the retention time brings nothing back.
CREATE TABLE IF NOT EXISTS retractions_raw
(
    scope       LowCardinality(String),
    subject     String CODEC(ZSTD(1)),
    platform    LowCardinality(String),
    observed_at DateTime64(3, 'UTC') CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (scope, subject);
