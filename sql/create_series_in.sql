CREATE OR REPLACE TEMP TABLE series_in AS
SELECT
    lawbook_file,
    run_id,
    metric,
    split,
    task,
    count(*) AS points,
    count(step) AS steps,
    count(data_seen) AS seens,
    max(step) AS final_step,
    max(data_seen) AS final_data_seen
FROM cells
GROUP BY ALL
