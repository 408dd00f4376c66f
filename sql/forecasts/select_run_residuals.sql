SELECT run_key, avg(ln(observed) - ln(predicted) ORDER BY observed, predicted) AS residual
FROM residuals
WHERE fit_id = $fit_id AND observed > 0 AND predicted > 0
GROUP BY run_key
