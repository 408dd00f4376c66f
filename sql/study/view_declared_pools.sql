-- Of each data set of runs its pools: its own declaration, else one for all, else the only one there is.
CREATE OR REPLACE TEMP VIEW declared_pools AS
SELECT
    of_runs.dataset,
    pools.pool,
    pools.data_unique,
    pools.quality_rank
FROM (SELECT DISTINCT dataset FROM runs WHERE pool IS NOT NULL) AS of_runs
CROSS JOIN pools
QUALIFY row_number() OVER (
    PARTITION BY of_runs.dataset, pools.pool ORDER BY coalesce(pools.dataset = of_runs.dataset, pools.dataset IS NULL) DESC, pools.dataset
) = 1
AND (
    pools.dataset IS NULL OR pools.dataset IS NOT DISTINCT FROM of_runs.dataset
    OR count(*) OVER (PARTITION BY of_runs.dataset, pools.pool) = 1
)
