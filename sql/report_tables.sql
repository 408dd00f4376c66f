SELECT table_name, comment
FROM duckdb_tables()
WHERE starts_with(table_name, 'plan_')
ORDER BY table_name
