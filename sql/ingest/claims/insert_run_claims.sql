-- What the files of the batch say of their runs, at the moment at which a file that is read again was read first.
INSERT INTO run_claims BY NAME
SELECT
    said.* EXCLUDE (lawbook_file, lawbook_row, conflicting),
    files.source_uri,
    files.source_format,
    files.content_hash,
    {{part}} AS part,
    {{of_runs}} AS of_runs,
    coalesce(earlier.said_at, $now) AS said_at
FROM runs_said AS said
JOIN batch_files AS files USING (lawbook_file)
JOIN (SELECT run_key FROM runs_in WHERE conflicting IS NULL) AS sound USING (run_key)
LEFT JOIN (SELECT source_uri, min(said_at) AS said_at FROM corrections GROUP BY source_uri) AS earlier USING (source_uri)
