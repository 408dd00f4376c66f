-- Forecasts and how many of their 90 % intervals held the outcome, by study, law and kind.
SELECT f.study, f.cohort, f.law, f.kind, count(*) AS forecasts, count(*) FILTER (WHERE s.covered) AS covered
FROM forecasts AS f
INNER JOIN forecast_scores AS s USING (forecast_id)
INNER JOIN fits AS chosen ON chosen.study = f.study AND chosen.cohort = f.cohort AND chosen.law = f.law
WHERE s.covered IS NOT NULL AND chosen.selected AND chosen.valid_to IS NULL
GROUP BY f.study, f.cohort, f.law, f.kind
ORDER BY f.study, f.cohort, f.law, f.kind
