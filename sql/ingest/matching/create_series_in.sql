CREATE OR REPLACE TEMP TABLE series_in AS
SELECT
    lawbook_file,
    run_id,
    metric,
    split,
    task,
    CAST(sum(points) AS BIGINT) AS points,
    CAST(sum(steps) AS BIGINT) AS steps,
    CAST(sum(seens) AS BIGINT) AS seens,
    max(final_step) AS final_step,
    max(final_data_seen) AS final_data_seen,
    CAST(sum(stretches) AS BIGINT) AS stretches,
    CAST(sum(faults) AS BIGINT) AS faults
FROM ({{rows}})
GROUP BY ALL
