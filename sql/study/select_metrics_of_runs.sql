-- The metrics that some runs have.
SELECT DISTINCT metric
FROM series
WHERE list_contains($keys, run_key)
ORDER BY metric
