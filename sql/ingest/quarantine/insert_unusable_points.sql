-- Where on its curve each series of the batch has its last refused value, for each reason; `values` has what each value is, and why it is refused.
INSERT INTO unusable_points BY NAME
SELECT
    left(md5(files.namespace || chr(31) || bad.run_id), 16) AS run_key,
    bad.entry.metric AS metric,
    bad.entry.split AS split,
    bad.entry.task AS task,
    split_part(bad.entry.refusal, chr(31), 1) AS reason,
    max(bad.step) AS step,
    max(bad.data_seen) AS data_seen,
    files.source_uri,
    files.content_hash
FROM (
    SELECT
        lawbook_file,
        CAST({{run_id}} AS VARCHAR) AS run_id,
        {{step}} AS step,
        {{data_seen}} AS data_seen,
        unnest([{{values}}]) AS entry
    FROM {{staged}}
    WHERE NOT ({{whole}})
) AS bad
JOIN batch_files AS files USING (lawbook_file)
WHERE bad.entry.refusal IS NOT NULL AND bad.run_id IS NOT NULL
GROUP BY ALL
