-- Sizes and amounts of data of runs that are too small for a count, as of logs in millions or billions, and the first of them by name.
WITH known AS (
    SELECT
        runs.run_id,
        coalesce(runs.params, runs.params_nonembedding) AS params,
        coalesce(runs.data_seen, ends.data_seen) AS data_seen
    FROM runs
    LEFT JOIN (SELECT run_key, max(final_data_seen) AS data_seen FROM series GROUP BY run_key) AS ends USING (run_key)
),

amounts AS (
    SELECT run_id, 'params' AS name, params AS amount FROM known
    UNION ALL
    SELECT run_id, 'data_seen' AS name, data_seen AS amount FROM known
)

SELECT
    name,
    count(*) FILTER (WHERE amount > 0 AND amount < $least) AS small,
    count(*) AS runs,
    (list(printf('%s: %g', run_id, amount) ORDER BY run_id) FILTER (WHERE amount > 0 AND amount < $least))[:3] AS examples
FROM amounts
GROUP BY name
HAVING count(*) FILTER (WHERE amount > 0 AND amount < $least) > 0
ORDER BY name DESC
