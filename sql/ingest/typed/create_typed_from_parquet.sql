CREATE OR REPLACE TEMP TABLE typed_rows AS
SELECT * FROM read_parquet({{file}}, hive_partitioning = false)
