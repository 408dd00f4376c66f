-- What every study was last fitted, forecast and planned with: one look instead of one a study.
SELECT
    study,
    refit_key,
    forecast_key,
    plan_key,
    failure
FROM studies
