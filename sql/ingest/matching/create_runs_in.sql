-- Each run once, with what the batch says of it; `conflicting` names the column that it gives several values.
CREATE OR REPLACE TEMP TABLE runs_in AS
SELECT
    left(md5(files.namespace || chr(31) || typed.run_id), 16) AS run_key,
    any_value(typed.run_id) AS run_id,
    any_value(files.namespace) AS namespace,
    min(typed.lawbook_file) AS lawbook_file,
    arg_min(typed.lawbook_row, CAST(typed.lawbook_file AS BIGINT) * 1000000000000 + typed.lawbook_row) AS lawbook_row,
    min(typed.lawbook_file) <> max(typed.lawbook_file) AS across_files,
    {{columns}},
    {{conflicting}} AS conflicting
FROM {{source}} AS typed
JOIN batch_files AS files USING (lawbook_file)
GROUP BY left(md5(files.namespace || chr(31) || typed.run_id), 16)
