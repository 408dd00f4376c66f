SELECT
    f.study,
    count(*) AS forecasts,
    count(s.forecast_id) AS scored,
    avg(s.covered::DOUBLE) AS coverage
FROM forecasts AS f
LEFT JOIN forecast_scores AS s USING (forecast_id)
GROUP BY f.study
