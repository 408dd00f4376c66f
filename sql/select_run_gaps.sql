-- Columns that nearly every law reads, with how many runs have no value of it, of how many, and the first of them by name.
WITH known AS (
    SELECT
        runs.run_id,
        coalesce(runs.params, runs.params_nonembedding) AS params,
        coalesce(runs.data_seen, ends.data_seen) AS data_seen
    FROM runs
    LEFT JOIN (SELECT run_key, max(final_data_seen) AS data_seen FROM series GROUP BY run_key) AS ends USING (run_key)
),

gaps AS (
    SELECT run_id, 'params' AS name, params IS NULL AS lacking FROM known
    UNION ALL
    SELECT run_id, 'data_seen' AS name, data_seen IS NULL AS lacking FROM known
)

SELECT
    name,
    count(*) FILTER (WHERE lacking) AS without,
    count(*) AS runs,
    (list(run_id ORDER BY run_id) FILTER (WHERE lacking))[:3] AS examples
FROM gaps
GROUP BY name
HAVING count(*) FILTER (WHERE lacking) > 0
ORDER BY name DESC
