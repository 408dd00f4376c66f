-- How the current fits that plans stand on forecast the runs that the study holds out, and the one that they miss by most.
SELECT
    f.cohort,
    f.metric,
    count(*) AS runs,
    count(*) FILTER (WHERE s.covered) AS inside,
    avg(abs(f.predicted - s.observed)) AS mean_error,
    arg_max(coalesce(runs.name, runs.run_id), abs(f.predicted - s.observed)) AS run,
    arg_max(f.predicted, abs(f.predicted - s.observed)) AS predicted,
    arg_max(f.predicted_low, abs(f.predicted - s.observed)) AS predicted_low,
    arg_max(f.predicted_high, abs(f.predicted - s.observed)) AS predicted_high,
    arg_max(s.observed, abs(f.predicted - s.observed)) AS observed
FROM forecasts AS f
INNER JOIN forecast_scores AS s USING (forecast_id)
INNER JOIN fits ON fits.fit_id = f.fit_id AND fits.selected AND fits.valid_to IS NULL
LEFT JOIN runs ON runs.run_key = f.run_key
WHERE f.study = $study AND f.kind = 'held_out'
GROUP BY f.cohort, f.metric
ORDER BY f.cohort
