SELECT f.cohort, f.law, p.parameter, p.pool, p.estimate, p.low, p.high, p.std_error, p.at_bound
FROM fit_parameters AS p
JOIN fits AS f USING (fit_id)
WHERE f.study = $study AND f.valid_to IS NULL AND f.selected
ORDER BY f.cohort, p.parameter, p.pool
