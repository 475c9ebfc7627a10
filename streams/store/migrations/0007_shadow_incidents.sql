-- Every state of what a watch's shadow, its second sensitivity, would have told: apart from `incidents_raw`,
-- so that no count and no message can take one for an incident. `record` is the whole of it.
CREATE TABLE IF NOT EXISTS shadow_incidents_raw
(
    id             String,
    revision       UInt32,
    event          LowCardinality(String),
    watch          LowCardinality(String),
    sensitivity    LowCardinality(String),
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
