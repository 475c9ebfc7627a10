-- What detection decided and why, what it held to be usual, and how each detector stood.
CREATE TABLE IF NOT EXISTS decisions_raw
(
    watch    LowCardinality(String),
    signal   LowCardinality(String),
    at       DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    verdict  LowCardinality(String),
    reason   String CODEC(ZSTD(3)),
    incident String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (watch, signal, at, verdict, incident);

CREATE TABLE IF NOT EXISTS expectations_raw
(
    watch    LowCardinality(String),
    hour     DateTime('UTC') CODEC(Delta, ZSTD(1)),
    expected Float64 CODEC(ZSTD(1)),
    `limit`  Float64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (watch, hour);

CREATE TABLE IF NOT EXISTS detector_states_raw
(
    watch         String,
    decided_until DateTime64(3, 'UTC'),
    record        String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(decided_until)
ORDER BY watch;
