-- The newest version of each measurement; `final` is the last value of a finished run for its metric, split and task.
CREATE OR REPLACE VIEW measurements AS
SELECT
    series.run_key,
    series.metric,
    series.split,
    series.task,
    points.step,
    points.data_seen,
    points.flops,
    points.lr,
    points.value,
    coalesce(runs.status = 'finished' OR (finishes.run_key IS NOT NULL AND runs.status IN ('running', 'planned')), false)
    AND points.data_seen IS NOT DISTINCT FROM series.final_data_seen
    AND points.step IS NOT DISTINCT FROM series.final_step AS final,
    points.version
FROM all_points AS points
JOIN series USING (series)
LEFT JOIN runs_history AS runs ON runs.run_key = series.run_key AND runs.valid_to IS NULL
LEFT JOIN finishes ON finishes.run_key = series.run_key
WHERE points.valid_to IS NULL
