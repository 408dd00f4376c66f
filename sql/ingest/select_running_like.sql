-- The runs whose names match a pattern (`lab/*`) and that no log says are over.
SELECT
    run_key,
    namespace || '/' || run_id AS name
FROM runs
WHERE status IN ('running', 'planned') AND (run_id GLOB $pattern OR namespace || '/' || run_id GLOB $pattern)
ORDER BY name
