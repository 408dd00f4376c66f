-- Scored forecasts of what the plans of a study stand on, and of curves.
SELECT f.cohort, f.kind, coalesce(r.name, r.run_id) AS run, f.as_of, f.distance, f.predicted, f.predicted_low, f.predicted_high,
       s.observed, s.covered
FROM forecasts AS f
JOIN forecast_scores AS s USING (forecast_id)
LEFT JOIN runs AS r USING (run_key)
LEFT JOIN fits AS chosen
    ON chosen.study = f.study AND chosen.cohort = f.cohort AND chosen.law = f.law AND chosen.selected AND chosen.valid_to IS NULL
WHERE f.study = $study AND (chosen.law IS NOT NULL OR f.kind = 'curve')
ORDER BY hash(f.forecast_id)
LIMIT $most
