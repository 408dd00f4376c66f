INSERT INTO series BY NAME
SELECT DISTINCT series, run_key, metric, split, task
FROM series_numbers
WHERE is_new AND series IN (SELECT series FROM replaced_cells)
