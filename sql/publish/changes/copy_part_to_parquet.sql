-- A column of measured numbers has no two alike: a dictionary of it is given up early, which saves a quarter of the work.
COPY (
    SELECT * FROM pub.{{table}}
    WHERE run_key IN (SELECT run_key FROM pub.series GROUP BY run_key HAVING min(series) // {{width}} = {{part}})
) TO {{file}} (FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 10000)
