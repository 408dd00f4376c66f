-- Cells that are refused in rows that are taken without them.
INSERT INTO quarantine BY NAME
SELECT
    files.source_uri,
    files.content_hash,
    refused.lawbook_row AS row_number,
    split_part(refused.cell, chr(31), 1) AS reason,
    split_part(refused.cell, chr(31), 2) || '; the rest of its row is taken' AS detail,
    left(refused.raw, 10000) AS raw,
    $now AS quarantined_at
FROM (
    SELECT
        lawbook_file,
        lawbook_row,
        unnest(list_filter([{{cells}}], lambda cell: cell IS NOT NULL)) AS cell,
        CAST(to_json({{raw}}) AS VARCHAR) AS raw
    FROM {{staged}}
    WHERE {{good}} AND NOT {{whole}}
) AS refused
JOIN batch_files AS files USING (lawbook_file)
