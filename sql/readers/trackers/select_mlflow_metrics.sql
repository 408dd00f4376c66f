-- Every logged value of the runs of an MLflow store (SQLite) that are not deleted.
SELECT metrics.run_uuid, metrics.key, metrics.value, metrics.is_nan, metrics.step, metrics.timestamp
FROM metrics
INNER JOIN runs ON runs.run_uuid = metrics.run_uuid
WHERE runs.lifecycle_stage = 'active'
ORDER BY metrics.run_uuid, metrics.key, metrics.step, metrics.timestamp
