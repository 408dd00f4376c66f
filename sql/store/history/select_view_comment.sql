SELECT comment FROM duckdb_views() WHERE view_name = 'archived_points' AND database_name = current_database()
