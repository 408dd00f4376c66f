-- Which runs does the law miss by most, in standard deviations of its residuals: typing errors, broken or mistuned runs?
SELECT
    f.study, f.cohort, f.law, coalesce(r.name, r.run_id) AS run, r.params, s.data_seen,
    s.observed, s.predicted,
    round(100 * (s.observed / s.predicted - 1), 2) AS percent_above_law,
    round((s.observed - s.predicted) / f.rmse, 1) AS deviations,
    r.source_uri
FROM residuals AS s
JOIN fits AS f USING (fit_id)
JOIN runs AS r USING (run_key)
WHERE f.selected AND f.valid_to IS NULL AND f.rmse > 0
QUALIFY row_number() OVER (PARTITION BY f.study, f.cohort ORDER BY abs(s.observed - s.predicted) DESC) <= 5
ORDER BY f.study, f.cohort, abs(deviations) DESC
