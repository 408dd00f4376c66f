COPY (SELECT * FROM fit_draws WHERE fit_id IN ({{ids}})) TO {{file}} (FORMAT parquet, COMPRESSION zstd)
