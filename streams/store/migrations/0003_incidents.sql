-- Every state of every incident. `record` is the whole of it, as the codec wrote it.
CREATE TABLE IF NOT EXISTS incidents_raw
(
    id             String,
    revision       UInt32,
    event          LowCardinality(String),
    watch          LowCardinality(String),
    signal         LowCardinality(String),
    state          LowCardinality(String),
    severity       LowCardinality(String),
    opened_at      DateTime64(3, 'UTC'),
    updated_at     DateTime64(3, 'UTC'),
    resolved_at    Nullable(DateTime64(3, 'UTC')),
    observed       Float64,
    expected       Float64,
    `limit`        Float64,
    summary        String CODEC(ZSTD(3)),
    evidence       String CODEC(ZSTD(3)),
    config_hash    LowCardinality(String),
    model_versions LowCardinality(String),
    drill          Bool,
    record         String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (id, revision);

CREATE TABLE IF NOT EXISTS notifications_raw
(
    incident String,
    revision UInt32,
    channel  LowCardinality(String),
    event    LowCardinality(String),
    attempt  UInt32,
    outcome  LowCardinality(String),
    at       DateTime64(3, 'UTC'),
    detail   String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (incident, revision, channel, event, attempt, outcome);
