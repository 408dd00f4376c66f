SELECT f.cohort, f.law, f.kind, count(*) AS forecasts, avg(s.covered::DOUBLE) AS coverage
FROM forecasts AS f
INNER JOIN forecast_scores AS s USING (forecast_id)
WHERE f.study = $study AND s.covered IS NOT NULL
GROUP BY f.cohort, f.law, f.kind
ORDER BY f.cohort, f.law, f.kind
