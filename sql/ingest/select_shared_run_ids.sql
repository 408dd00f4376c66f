-- Run ids that came in since $since and stand in several namespaces.
SELECT run_id, list(namespace ORDER BY namespace) AS namespaces
FROM runs_history
WHERE valid_to IS NULL AND run_id IN (SELECT run_id FROM runs_history WHERE version = 1 AND valid_from >= $since)
GROUP BY run_id
HAVING count(*) > 1
ORDER BY run_id
