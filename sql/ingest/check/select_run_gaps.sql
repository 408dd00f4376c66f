-- Columns that nearly every law reads, with how many runs have no value of it, of how many, and the first of them by name.
SELECT
    name,
    count(*) FILTER (WHERE amount IS NULL) AS without,
    count(*) AS runs,
    (list(run_id ORDER BY run_id) FILTER (WHERE amount IS NULL))[:3] AS examples
FROM run_amounts
GROUP BY name
HAVING count(*) FILTER (WHERE amount IS NULL) > 0
ORDER BY name DESC
