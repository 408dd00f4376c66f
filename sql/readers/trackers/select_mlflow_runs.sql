-- The runs of an MLflow store (SQLite) that are not deleted, with the name of their experiment.
SELECT
    runs.run_uuid,
    runs.name,
    runs.status,
    runs.start_time,
    runs.end_time,
    experiments.name AS experiment
FROM runs
LEFT JOIN experiments ON experiments.experiment_id = runs.experiment_id
WHERE runs.lifecycle_stage = 'active'
ORDER BY runs.run_uuid
