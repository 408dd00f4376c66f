-- The plan tables that have rows: asking each of the others costs as much as asking one of them.
SELECT table_name, comment
FROM duckdb_tables()
WHERE starts_with(table_name, 'plan_') AND estimated_size > 0
ORDER BY table_name
