INSERT INTO pool_claims BY NAME
SELECT
    '{{kind}}' AS kind,
    {{columns}},
    files.source_uri,
    coalesce(earlier.said_at, $now) AS said_at
FROM (
    SELECT DISTINCT lawbook_file, {{columns}}
    FROM typed
    WHERE good AND kept
        AND (lawbook_file, lawbook_row) NOT IN (SELECT (lawbook_file, lawbook_row) FROM conflict_rows)
)
JOIN batch_files AS files USING (lawbook_file)
LEFT JOIN (SELECT source_uri, min(said_at) AS said_at FROM corrections GROUP BY source_uri) AS earlier USING (source_uri)
