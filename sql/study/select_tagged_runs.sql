-- The finished runs of one corpus under one metric with what they were tagged with, and what runs of one size and amount share.
-- Hours of runs that say neither their size nor their data nor their compute are what was varied.
SELECT
    r.run_key,
    m.value,
    coalesce(r.params, r.params_nonembedding) AS params,
    coalesce(m.data_seen, r.data_seen) AS data_seen,
    CASE WHEN r.params IS NULL AND r.data_seen IS NULL THEN r.flops END AS flops,
    r.peak_lr,
    r.batch_size,
    r.epochs,
    r.recipe,
    r.architecture,
    CASE WHEN r.spent IS NULL THEN map_keys(r.tags) ELSE list_prepend('accelerator_hours', map_keys(r.tags)) END AS names,
    CASE WHEN r.spent IS NULL THEN map_values(r.tags) ELSE list_prepend(r.spent, map_values(r.tags)) END AS texts
FROM (
    SELECT
        *,
        CASE WHEN coalesce(params, params_nonembedding, data_seen, flops) IS NULL THEN CAST(accelerator_hours AS VARCHAR) END AS spent
    FROM surveyed_runs
) AS r
INNER JOIN measurements AS m USING (run_key)
WHERE
    m.final AND r.excluded_reason IS NULL AND r.namespace = $namespace AND r.dataset IS NOT DISTINCT FROM $dataset
    AND m.metric = $metric AND m.split = $split AND m.task = $task
ORDER BY r.run_key
