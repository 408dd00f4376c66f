-- How far could past forecasts be trusted: how often did 90 % intervals hold, by how far ahead they looked?
-- covered should be near 0.9; crps is how far forecasts were off, with their width, in the unit of the metric: smaller is better.
SELECT
    f.study, f.law, f.kind,
    CASE WHEN f.distance <= 0 THEN 'inside the runs' WHEN f.distance <= 1 THEN 'up to ten times' ELSE 'beyond ten times' END AS horizon,
    count(*) AS forecasts,
    round(avg(s.covered::INT), 3) AS covered,
    round(100 * median(abs(s.relative_error)), 2) AS median_error_percent,
    avg(s.crps) AS crps
FROM forecasts AS f
JOIN forecast_scores AS s USING (forecast_id)
GROUP BY ALL
ORDER BY f.study, f.law, f.kind, min(f.distance)
