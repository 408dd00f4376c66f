-- Of some runs, how many have another loss than the one that a study asks for.
SELECT
    metric,
    count(DISTINCT run_key) AS runs
FROM measurements
WHERE
    list_contains($keys, run_key) AND list_contains($metrics, metric)
    AND ($split IS NULL OR split = $split) AND ($task IS NULL OR task = $task)
GROUP BY metric
ORDER BY metric
