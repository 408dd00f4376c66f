CREATE OR REPLACE VIEW calibration AS
SELECT
    f.study,
    f.cohort,
    f.law,
    f.kind,
    CASE
        WHEN f.distance IS NULL OR f.distance <= 0 THEN 'inside'
        WHEN f.distance <= log10(3) THEN 'up to 3x'
        WHEN f.distance <= 1 THEN 'up to 10x'
        ELSE 'beyond 10x'
    END AS horizon,
    count(*) AS forecasts,
    avg(s.covered::DOUBLE) AS coverage,
    avg(s.crps ORDER BY f.forecast_id) AS crps,
    median(abs(s.relative_error)) AS median_relative_error,
    avg(s.relative_error ORDER BY f.forecast_id) AS bias
FROM forecasts AS f
INNER JOIN forecast_scores AS s USING (forecast_id)
GROUP BY f.study, f.cohort, f.law, f.kind, horizon
