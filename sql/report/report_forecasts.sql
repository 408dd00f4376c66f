SELECT f.cohort, f.kind, coalesce(r.name, r.run_id) AS run, f.as_of, f.distance, f.predicted, f.predicted_low, f.predicted_high,
       s.observed, s.covered
FROM forecasts AS f
JOIN forecast_scores AS s USING (forecast_id)
LEFT JOIN runs AS r USING (run_key)
WHERE f.study = $study
ORDER BY hash(f.forecast_id)
LIMIT $most
