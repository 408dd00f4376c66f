SELECT format('run {}: {} = {} at step {}', run_key, metric, value, step) AS message
FROM measurements
WHERE value IS NULL OR isnan(value) OR isinf(value) OR (metric = 'loss' AND value <= 0)
LIMIT 20
