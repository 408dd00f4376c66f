INSERT INTO file_ways BY NAME
SELECT files.source_uri, files.content_hash, files.way, files.given, coalesce(earlier.said_at, $now) AS said_at
FROM batch_files AS files
LEFT JOIN (SELECT source_uri, min(said_at) AS said_at FROM corrections GROUP BY source_uri) AS earlier USING (source_uri)
