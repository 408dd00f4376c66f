-- The configuration of each run of a trackio project (SQLite).
SELECT run_name, config
FROM configs
ORDER BY run_name
