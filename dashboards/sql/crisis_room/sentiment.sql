-- All languages that have a model.
SELECT hour AS time, sum(negative) AS n_negative, sum(neutral) AS n_neutral, sum(positive) AS n_positive
FROM sentiment_hourly
WHERE watch = ${watch:singlequote} AND $__timeFilter(hour)
GROUP BY time
ORDER BY time
