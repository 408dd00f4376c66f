-- The learning rates that some runs have logged beside any metric, one a step.
SELECT
    run_key,
    step,
    data_seen,
    max(lr) AS lr
FROM measurements
WHERE list_contains($keys, run_key) AND lr IS NOT NULL AND (step IS NOT NULL OR data_seen IS NOT NULL)
GROUP BY run_key, step, data_seen
ORDER BY run_key, coalesce(step, data_seen)
