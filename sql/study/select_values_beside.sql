-- Every value of one metric of some runs, in the order in which a run has them.
SELECT
    run_key,
    split,
    task,
    step,
    data_seen,
    value,
    final
FROM measurements
WHERE list_contains($keys, run_key) AND metric = $metric AND value IS NOT NULL
ORDER BY run_key, split, task, coalesce(data_seen, step)
