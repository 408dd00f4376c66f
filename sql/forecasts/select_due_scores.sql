-- Live forecasts without a score whose run has ended, within 5 % of the training data that was forecast.
SELECT
    f.forecast_id,
    f.predicted,
    f.predicted_low,
    f.predicted_high,
    q.quantiles,
    m.value AS observed,
    coalesce(runs.finished_at, runs.ingested_at) AS observed_at
FROM forecasts AS f
INNER JOIN forecast_quantiles AS q USING (forecast_id)
INNER JOIN measurements AS m
    ON m.run_key = f.run_key AND m.metric = f.metric AND m.split IS NOT DISTINCT FROM f.split AND m.task IS NOT DISTINCT FROM f.task AND m.final
INNER JOIN runs ON runs.run_key = f.run_key
ANTI JOIN forecast_scores AS s ON s.forecast_id = f.forecast_id
WHERE
    f.study = $study
    AND f.kind IN ('live', 'curve')
    AND (f.data_seen IS NULL OR m.data_seen IS NULL OR abs(m.data_seen / f.data_seen - 1) <= 0.05)
