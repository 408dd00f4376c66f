-- The curve of each of some runs for one metric: its points in the order of the training data.
SELECT
    run_key,
    list(data_seen ORDER BY data_seen, step) AS curve_data,
    list(value ORDER BY data_seen, step) AS curve_value
FROM measurements
WHERE
    list_contains($keys, run_key)
    AND metric = $metric
    AND ($split IS NULL OR split = $split)
    AND ($task IS NULL OR task = $task)
    AND data_seen > 0
    AND value > 0
GROUP BY run_key
