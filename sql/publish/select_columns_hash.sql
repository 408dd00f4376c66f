-- The columns of the store in their order: a store that was migrated may have them in another one than a new store.
SELECT md5(string_agg(concat_ws(' ', table_name, column_index, column_name, data_type), chr(10) ORDER BY table_name, column_index)) AS content
FROM duckdb_columns()
WHERE NOT internal AND database_name = current_database()
