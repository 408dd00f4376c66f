CREATE OR REPLACE VIEW measurements_history AS
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
    points.version,
    points.valid_from,
    points.valid_to
FROM all_points AS points
JOIN series USING (series)
