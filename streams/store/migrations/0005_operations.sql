-- What could not be read. `raw` is the bytes as they came; they travel in base64, since JSON carries no
-- such bytes. `earliest_first` makes the first parking of a letter win over every repeat.
CREATE TABLE IF NOT EXISTS dead_letters_raw
(
    id             String,
    at             DateTime64(3, 'UTC'),
    stored_at      DateTime('UTC'),
    origin         LowCardinality(String),
    position       String,
    reason         String CODEC(ZSTD(3)),
    raw_base64     String EPHEMERAL,
    raw            String DEFAULT base64Decode(raw_base64) CODEC(ZSTD(3)),
    earliest_first UInt64
)
ENGINE = ReplacingMergeTree(earliest_first)
ORDER BY id
TTL stored_at + toIntervalDay(365);

-- Of gaps that begin together the longest stands: a gap that is still open is said again as it grows.
CREATE TABLE IF NOT EXISTS gaps_raw
(
    connector LowCardinality(String),
    platform  LowCardinality(String),
    from_at   DateTime64(3, 'UTC'),
    until_at  DateTime64(3, 'UTC'),
    reason    String
)
ENGINE = ReplacingMergeTree(until_at)
ORDER BY (connector, platform, from_at);

-- Facts about this store itself, such as demo = 1. Never a secret: whoever may ask queries can read it.
CREATE TABLE IF NOT EXISTS store_settings
(
    key    String,
    value  String
)
ENGINE = ReplacingMergeTree
ORDER BY key;
