-- What each study was last refitted, forecast and planned with, and what is said of it.
SELECT
    study,
    refit_key,
    forecast_key,
    plan_key,
    failure,
    (SELECT bit_xor(hash(alarms.alarm, alarms.message)) FROM alarms WHERE alarms.study = studies.study) AS alarms
FROM studies
ORDER BY study
