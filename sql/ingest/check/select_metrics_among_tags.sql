-- Tags that are called as a metric, of runs that have no metric at all, with how many runs, and the first of them by name.
SELECT
    tag,
    count(*) AS runs,
    (list(run_id ORDER BY run_id))[:3] AS examples
FROM (
    SELECT
        run_id,
        unnest(map_keys(tags)) AS tag
    FROM runs
    ANTI JOIN measurements USING (run_key)
)
WHERE list_contains($metrics, lower(tag))
GROUP BY tag
ORDER BY tag
