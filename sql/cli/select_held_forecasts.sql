-- Forecasts of one law on one cohort by fits that had not seen the run, and how many of their 90 % intervals held the outcome.
SELECT count(*) AS forecasts, count(*) FILTER (WHERE s.covered) AS covered
FROM forecasts AS f
INNER JOIN forecast_scores AS s USING (forecast_id)
WHERE f.study = $study AND f.cohort = $cohort AND f.law = $law AND f.kind <> 'curve' AND s.covered IS NOT NULL
