INSERT INTO quarantine BY NAME
SELECT
    files.source_uri,
    files.content_hash,
    staged.lawbook_row AS row_number,
    'conflict' AS reason,
    conflicts.detail
    || CASE WHEN conflicts.placeless THEN '; name the column that says where they lie step or data_seen, or' ELSE ';' END
    || ' keep one of them and drop the file again' AS detail,
    left(CAST(to_json({{raw}}) AS VARCHAR), 10000) AS raw,
    $now AS quarantined_at
FROM {{staged}} AS staged
JOIN conflict_rows AS conflicts USING (lawbook_file, lawbook_row)
JOIN batch_files AS files USING (lawbook_file)
