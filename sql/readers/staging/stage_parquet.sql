CREATE OR REPLACE TEMP VIEW staged AS
SELECT CAST(raw.file_index AS INTEGER) AS lawbook_file, raw.file_row_number + 1 AS lawbook_row, {{columns}}
FROM read_parquet({{paths}}, file_row_number = true, hive_partitioning = false) AS raw
