-- Every column and tag of which the file gives a run several values, with these; `entries` has what a row says, as (k, v).
INSERT INTO conflict_rows (lawbook_file, lawbook_row, detail)
WITH conflicting AS (
    SELECT typed.lawbook_file, typed.lawbook_row, typed.run_id, runs_in.run_key, {{entries}} AS entries
    FROM typed
    JOIN batch_files AS files USING (lawbook_file)
    JOIN runs_in ON runs_in.run_key = left(md5(files.namespace || chr(31) || typed.run_id), 16)
    WHERE typed.good AND typed.kept AND runs_in.conflicting IS NOT NULL
),

said AS (
    SELECT run_key, unnest(entries, recursive := true) FROM conflicting
),

several AS (
    SELECT run_key, k || ' (' || array_to_string(list(DISTINCT v ORDER BY v)[:4], ', ') || ')' AS words
    FROM said
    GROUP BY run_key, k
    HAVING count(DISTINCT v) > 1
),

named AS (
    SELECT run_key, array_to_string(list(words ORDER BY words)[:5], ', ') AS words FROM several GROUP BY run_key
)

SELECT
    conflicting.lawbook_file,
    conflicting.lawbook_row,
    'the file gives the run ' || conflicting.run_id || ' several values of ' || coalesce(named.words, 'tags that not all of its rows have')
FROM conflicting
LEFT JOIN named USING (run_key)
