-- The params of the runs of an MLflow store (SQLite).
SELECT run_uuid, key, value
FROM params
ORDER BY run_uuid, key
