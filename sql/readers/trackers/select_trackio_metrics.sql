-- Every logging event of a trackio project (SQLite), in order.
SELECT id, run_name, step, metrics
FROM metrics
ORDER BY id
