-- Size and amount of data of each run, a row each: what nearly every law reads; NULL where nobody said it.
CREATE OR REPLACE TEMP VIEW run_amounts AS
WITH known AS (
    SELECT
        runs.run_id,
        coalesce(runs.params, runs.params_nonembedding) AS params,
        coalesce(runs.data_seen, ends.data_seen) AS data_seen
    FROM runs
    LEFT JOIN (SELECT run_key, max(final_data_seen) AS data_seen FROM series GROUP BY run_key) AS ends USING (run_key)
)

SELECT run_id, 'params' AS name, params AS amount FROM known
UNION ALL
SELECT run_id, 'data_seen' AS name, data_seen AS amount FROM known
