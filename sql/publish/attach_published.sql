-- The oldest storage that published.duckdb is to be read with: DuckDB 1.2.
ATTACH {{file}} AS pub (STORAGE_VERSION 'v1.2.0')
