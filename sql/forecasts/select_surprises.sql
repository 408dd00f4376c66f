-- Forecasts of the selected law, by a fit that had not seen the run, whose outcome lies beyond the 99 % interval; the newest one of each run.
SELECT f.cohort, f.law, f.run_key, runs.run_id, f.predicted, s.observed, s.relative_error
FROM forecasts AS f
INNER JOIN forecast_scores AS s USING (forecast_id)
INNER JOIN forecast_quantiles AS q USING (forecast_id)
INNER JOIN runs USING (run_key)
INNER JOIN fits ON fits.study = f.study AND fits.cohort = f.cohort AND fits.law = f.law AND fits.selected
WHERE f.study = $study AND f.kind IN ('live', 'arrival') AND (s.observed < q.quantiles[1] OR s.observed > q.quantiles[len(q.quantiles)])
QUALIFY row_number() OVER (PARTITION BY f.run_key, f.law ORDER BY f.as_of DESC) = 1
ORDER BY f.run_key
