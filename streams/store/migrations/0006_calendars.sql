-- The calendar of the watches file, whole: a row each time that it changed, and the newest counts. Entry by
-- entry across the five lists; no watches means all of them.
CREATE TABLE IF NOT EXISTS calendars_raw
(
    taken_at DateTime64(3, 'UTC'),
    name     Array(String) CODEC(ZSTD(1)),
    from_ms  Array(Int64) CODEC(ZSTD(1)),
    until_ms Array(Int64) CODEC(ZSTD(1)),
    watches  Array(Array(String)) CODEC(ZSTD(1)),
    expect   Array(Float64) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY taken_at;
