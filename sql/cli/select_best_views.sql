SELECT view_name FROM duckdb_views() WHERE NOT internal AND view_name LIKE 'best_%' ORDER BY view_name
