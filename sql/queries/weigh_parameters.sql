-- How sure is each parameter, straight from the draws: its interval, and how probable is it that size matters more than data?
-- One draw is one resample of the runs; alpha is the exponent of model size, beta that of data, and laws without them have NULL.
SELECT
    f.study, f.cohort, f.law, d.parameter, d.pool,
    count(*) AS draws,
    quantile_cont(d.value, 0.05) AS low, median(d.value) AS middle, quantile_cont(d.value, 0.95) AS high,
    avg((d.value > b.value)::INT) FILTER (d.parameter = 'alpha') AS probability_alpha_above_beta
FROM fit_draws AS d
JOIN fits AS f USING (fit_id)
LEFT JOIN fit_draws AS b ON b.fit_id = d.fit_id AND b.draw = d.draw AND b.parameter = 'beta'
WHERE f.valid_to IS NULL AND (f.selected OR f.fit_id IN (SELECT fit_id FROM fit_weights WHERE weight > 0))
GROUP BY ALL
ORDER BY f.study, f.cohort, d.parameter, d.pool
