INSERT INTO points BY NAME
SELECT series, step, data_seen, flops, lr, value, version, $now AS valid_from, $now AS valid_to
FROM replaced_cells
WHERE unknown
