COPY (
    SELECT
        coalesce(runs.namespace, '') AS source,
        strftime(points.valid_from, '%Y-%m-%d') AS day,
        series.run_key,
        series.metric,
        series.split,
        series.task,
        points.*
    FROM points
    JOIN series USING (series)
    LEFT JOIN runs_history AS runs ON runs.run_key = series.run_key AND runs.valid_to IS NULL
) TO {{folder}} (
    FORMAT parquet,
    COMPRESSION zstd,
    DICTIONARY_SIZE_LIMIT 10000,
    PARTITION_BY (source, day),
    FILENAME_PATTERN {{pattern}},
    APPEND,
    RETURN_STATS
)
