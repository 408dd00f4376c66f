-- Each run with what its curves and its pool say of it where its own row does not: what the predicates of studies see. A predicate
-- on the epochs of a run that logs its data and its unique data alone would otherwise be unknown, and leave nothing out.
CREATE OR REPLACE TEMP VIEW told_runs AS
WITH parts AS (
    SELECT pool, sum(data_unique ORDER BY member) AS data_unique FROM pool_members GROUP BY pool
),

amounts AS (
    SELECT
        r.run_key,
        coalesce(r.data_seen, ends.data_seen) AS data_seen,
        coalesce(r.data_unique, declared.data_unique, parts.data_unique) AS data_unique
    FROM runs AS r
    LEFT JOIN (SELECT run_key, max(final_data_seen) AS data_seen FROM series GROUP BY run_key) AS ends USING (run_key)
    LEFT JOIN declared_pools AS declared ON declared.pool = r.pool AND declared.dataset IS NOT DISTINCT FROM r.dataset
    LEFT JOIN parts ON parts.pool = r.pool
)

SELECT r.* REPLACE (
    amounts.data_seen AS data_seen,
    amounts.data_unique AS data_unique,
    coalesce(r.epochs, amounts.data_seen / nullif(amounts.data_unique, 0)) AS epochs,
    coalesce(r.flops, 6 * coalesce(r.params, r.params_nonembedding) * amounts.data_seen) AS flops
)
FROM runs AS r
INNER JOIN amounts USING (run_key)
