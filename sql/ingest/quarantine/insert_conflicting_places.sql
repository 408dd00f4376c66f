INSERT INTO unusable_points BY NAME
SELECT
    numbers.run_key,
    numbers.metric,
    numbers.split,
    numbers.task,
    'conflict' AS reason,
    max(cells.step) AS step,
    max(cells.data_seen) AS data_seen,
    files.source_uri,
    files.content_hash
FROM cells_in AS cells
JOIN doubles USING (series, by_step, place)
JOIN (SELECT DISTINCT series, run_key, metric, split, task FROM series_numbers) AS numbers USING (series)
JOIN batch_files AS files ON files.lawbook_file = cells.lawbook_file
WHERE doubles.conflicting
GROUP BY ALL
