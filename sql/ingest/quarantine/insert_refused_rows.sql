INSERT INTO quarantine BY NAME
SELECT
    files.source_uri,
    files.content_hash,
    refused.lawbook_row AS row_number,
    split_part(refused.refusal, chr(31), 1) AS reason,
    split_part(refused.refusal, chr(31), 2) AS detail,
    left(refused.raw, 10000) AS raw,
    $now AS quarantined_at
FROM (
    SELECT lawbook_file, lawbook_row, {{refusal}} AS refusal, CAST(to_json({{raw}}) AS VARCHAR) AS raw
    FROM {{staged}}
    WHERE {{good}} IS NOT TRUE
) AS refused
JOIN batch_files AS files USING (lawbook_file)
