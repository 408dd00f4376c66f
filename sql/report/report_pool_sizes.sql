-- Unique data of each pool of the data sets that the runs of a fit are from.
SELECT pool, max(data_unique) AS size
FROM pools
WHERE
    data_unique IS NOT NULL
    AND (
        dataset IS NULL
        OR dataset IN (SELECT r.dataset FROM fit_runs AS u INNER JOIN runs AS r USING (run_key) WHERE u.fit_id = $fit AND u.used)
    )
GROUP BY pool
