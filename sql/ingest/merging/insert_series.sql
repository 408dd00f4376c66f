INSERT INTO series BY NAME
SELECT
    series,
    run_key,
    metric,
    split,
    task,
    max(final_data_seen) AS final_data_seen,
    max(final_step) AS final_step
FROM series_numbers
WHERE is_new
GROUP BY ALL
