INSERT INTO runs_history BY NAME
SELECT
    merged.* EXCLUDE (lawbook_file, lawbook_row),
    files.source_uri,
    files.source_format,
    files.content_hash,
    $now AS valid_from,
    $now AS ingested_at
FROM merged_runs AS merged
JOIN batch_files AS files USING (lawbook_file)
