-- What people said of incidents, one row a saying: nothing here is ever changed.
CREATE TABLE IF NOT EXISTS incident_marks_raw
(
    incident  String,
    verdict   LowCardinality(String),
    why       String CODEC(ZSTD(3)),
    marked_by LowCardinality(String),
    marked_at DateTime64(3, 'UTC'),
    began_at  Nullable(DateTime64(3, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (incident, marked_at, marked_by, verdict);
