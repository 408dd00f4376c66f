-- The series whose unit is not known, as keys of their rows.
SELECT (lawbook_file, run_id, metric, split, task) FROM unclear_series
