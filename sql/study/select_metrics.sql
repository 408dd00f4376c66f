-- What the runs of a study were measured on, for an error message.
SELECT DISTINCT concat_ws(' ', metric, nullif(split, ''), nullif(task, '')) AS measured
FROM measurements
WHERE run_key IN $keys
ORDER BY measured
LIMIT 20
