-- What each file says of each run, the rest NULL; `conflicting` names the column that it gives several values.
CREATE OR REPLACE TEMP TABLE runs_said AS
SELECT
    left(md5(files.namespace || chr(31) || typed.run_id), 16) AS run_key,
    any_value(typed.run_id) AS run_id,
    any_value(files.namespace) AS namespace,
    typed.lawbook_file,
    min(typed.lawbook_row) AS lawbook_row,
    {{columns}},
    {{conflicting}} AS conflicting
FROM {{source}} AS typed
JOIN batch_files AS files USING (lawbook_file)
GROUP BY typed.lawbook_file, left(md5(files.namespace || chr(31) || typed.run_id), 16)
