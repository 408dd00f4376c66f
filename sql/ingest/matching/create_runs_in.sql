-- Each run once, with what the batch says of it; `conflicting` names the column that it gives several values.
CREATE OR REPLACE TEMP TABLE runs_in AS
SELECT
    run_key,
    any_value(run_id) AS run_id,
    any_value(namespace) AS namespace,
    min(lawbook_file) AS lawbook_file,
    arg_min(lawbook_row, lawbook_file) AS lawbook_row,
    count(*) > 1 AS across_files,
    {{columns}},
    coalesce(any_value(conflicting), {{conflicting}}) AS conflicting
FROM runs_said
GROUP BY run_key
