-- The tags of the runs of an MLflow store (SQLite).
SELECT run_uuid, key, value
FROM tags
ORDER BY run_uuid, key
