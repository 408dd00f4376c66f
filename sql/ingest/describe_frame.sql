SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'staged_frame' AND database_name = 'temp' ORDER BY column_index
