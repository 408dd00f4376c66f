-- Scored forecasts that teach a study how wrong laws are: of other studies, of laws and not of what is made of them, and of no run
-- that is its own, sealed or excluded. Of each run the forecast from the most runs known counts, one for each doubling of them.
SELECT
    f.study,
    f.cohort,
    f.law,
    f.known_runs,
    f.run_key,
    f.distance,
    f.parameter_sd,
    f.run_sd,
    ln(f.predicted / s.observed) AS error
FROM forecasts AS f
INNER JOIN forecast_scores AS s USING (forecast_id)
INNER JOIN runs USING (run_key)
ANTI JOIN (
    SELECT fit_runs.run_key
    FROM fit_runs
    INNER JOIN fits USING (fit_id)
    WHERE fits.study = $study
    UNION
    SELECT run_key
    FROM forecasts
    WHERE study = $study
) AS own USING (run_key)
WHERE
    f.study <> $study
    AND f.kind IN ('live', 'arrival', 'backtest')
    AND f.law NOT IN (SELECT unnest($made))
    AND runs.excluded_reason IS NULL
    AND runs.run_id NOT LIKE 'sealed-%'
    AND f.known_runs > 0
    AND f.predicted > 0
    AND s.observed > 0
    AND isfinite(f.parameter_sd)
    AND isfinite(f.run_sd)
QUALIFY row_number() OVER (
    PARTITION BY f.study, f.cohort, f.law, f.run_key, floor(log2(f.known_runs)) ORDER BY f.known_runs DESC, f.forecast_id
) = 1
ORDER BY f.study, f.cohort, f.law, f.known_runs, f.run_key
