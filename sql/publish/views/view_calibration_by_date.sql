CREATE OR REPLACE VIEW calibration_by_date AS
SELECT
    f.study,
    f.law,
    f.kind,
    date_trunc('month', coalesce(s.observed_at, f.as_of))::TIMESTAMP AS month,
    count(*) AS forecasts,
    avg(s.covered::DOUBLE) AS coverage,
    avg(s.crps ORDER BY f.forecast_id) AS crps
FROM forecasts AS f
INNER JOIN forecast_scores AS s USING (forecast_id)
GROUP BY f.study, f.law, f.kind, month
