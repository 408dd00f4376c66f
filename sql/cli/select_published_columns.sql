SELECT table_name, column_name
FROM duckdb_columns()
WHERE NOT internal AND database_name = current_database()
