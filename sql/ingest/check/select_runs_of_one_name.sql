-- Names for people that several runs have, with the ids of these runs.
SELECT name, list(run_id ORDER BY run_id)[:3] AS ids, count(*) AS runs
FROM runs
WHERE name IS NOT NULL
GROUP BY namespace, name
HAVING count(*) > 1
ORDER BY runs DESC, name
LIMIT $examples
