INSERT INTO points BY NAME
SELECT series, step, data_seen, flops, lr, value, version, $now AS valid_from FROM changed_cells
