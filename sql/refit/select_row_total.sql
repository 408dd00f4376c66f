SELECT sum(estimated_size) AS total FROM duckdb_tables() WHERE NOT internal
