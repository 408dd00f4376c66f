-- The finished runs of one corpus under one metric with what they were tagged with, and what runs of one size and amount share.
SELECT
    r.run_key,
    m.value,
    coalesce(r.params, r.params_nonembedding) AS params,
    coalesce(m.data_seen, r.data_seen) AS data_seen,
    r.recipe,
    r.architecture,
    map_keys(r.tags) AS names,
    map_values(r.tags) AS texts
FROM surveyed_runs AS r
INNER JOIN measurements AS m USING (run_key)
WHERE
    m.final AND r.excluded_reason IS NULL AND r.namespace = $namespace AND r.dataset IS NOT DISTINCT FROM $dataset
    AND m.metric = $metric AND m.split = $split AND m.task = $task
ORDER BY r.run_key
