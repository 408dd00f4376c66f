INSERT INTO quarantine BY NAME
SELECT
    files.source_uri,
    files.content_hash,
    lines.lawbook_row AS row_number,
    lines.reason,
    lines.detail,
    lines.raw,
    $now AS quarantined_at
FROM refused_lines AS lines
JOIN batch_files AS files USING (lawbook_file)
