SELECT sum(num_rows) AS rows, sum(num_row_groups) AS row_groups FROM parquet_file_metadata({{paths}})
