-- What the store knows of the run, completed and corrected by what has come in.
CREATE OR REPLACE TEMP TABLE merged_runs AS
SELECT
    incoming.run_key,
    incoming.run_id,
    incoming.namespace,
    {{merged}},
    {{tags}} AS tags,
    incoming.lawbook_file,
    incoming.lawbook_row,
    coalesce(earlier.version, 0) + 1 AS version
FROM runs_in AS incoming
LEFT JOIN runs_history AS known ON known.run_key = incoming.run_key AND known.valid_to IS NULL
LEFT JOIN (SELECT run_key, max(version) AS version FROM runs_history GROUP BY run_key) AS earlier ON earlier.run_key = incoming.run_key
WHERE incoming.conflicting IS NULL AND (known.run_key IS NULL OR {{changed}})
