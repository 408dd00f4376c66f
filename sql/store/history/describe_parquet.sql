DESCRIBE FROM read_parquet({{file}})
