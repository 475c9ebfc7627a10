-- What was read, each id once: the newest version stands, a tombstone (is_deleted) over every version.
--
-- Ordered by id, since that is what replaces; partitioned and expired by the time a row was stored,
-- since a replayed past must not vanish at the first merge. Small granules: a batch looks up thousands
-- of ids spread over the whole table. A part is merged after a day at the latest, so that the content
-- of what was retracted is gone from the disk as well.
CREATE TABLE IF NOT EXISTS mentions_raw
(
    id                     String CODEC(ZSTD(1)),
    version                UInt64 CODEC(ZSTD(1)),
    is_deleted             UInt8 DEFAULT 0 CODEC(ZSTD(1)),
    stored_at              DateTime('UTC') CODEC(ZSTD(1)),
    counted_at             DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    created_at             DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    observed_at            DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    edited_at              Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    late                   Bool DEFAULT false,
    drill                  Bool DEFAULT false,
    platform               LowCardinality(String),
    kind                   LowCardinality(String),
    url                    String CODEC(ZSTD(1)),
    text                   String CODEC(ZSTD(1)),
    author                 String CODEC(ZSTD(1)),
    author_handle          String CODEC(ZSTD(1)),
    author_followers       Nullable(Int64) CODEC(ZSTD(1)),
    author_verified        Nullable(Bool),
    parent_id              String CODEC(ZSTD(1)),
    repost_of              String CODEC(ZSTD(1)),
    likes                  Nullable(Int64) CODEC(ZSTD(1)),
    reposts                Nullable(Int64) CODEC(ZSTD(1)),
    replies                Nullable(Int64) CODEC(ZSTD(1)),
    media                  Array(String) CODEC(ZSTD(1)),
    lang                   LowCardinality(String),
    sentiment              LowCardinality(Nullable(String)),
    sentiment_score        Float32 CODEC(ZSTD(1)),
    sentiment_unsure       Bool DEFAULT false,
    misinformation         Bool DEFAULT false,
    misinformation_score   Float32 CODEC(ZSTD(1)),
    misinformation_reasons Array(String) CODEC(ZSTD(1)),
    signature              Array(UInt64) CODEC(ZSTD(1)),
    narrative              String CODEC(ZSTD(1)),
    hashtags               Array(String) CODEC(ZSTD(1)),
    domains                Array(String) CODEC(ZSTD(1)),
    -- One entry in each of the four a watch that the mention matches.
    hit_watch              Array(LowCardinality(String)),
    hit_urgent             Array(Array(String)) CODEC(ZSTD(1)),
    hit_vip                Array(Bool),
    hit_misinformation     Array(Bool),
    models                 LowCardinality(String),
    INDEX counted_at_minmax counted_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(stored_at)
ORDER BY id
TTL stored_at + toIntervalDay(365)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 86400;
