-- The declared rank of each pool in these data sets; of a pool with one declaration that one, whatever data set it names.
SELECT
    pool,
    coalesce(
        min(quality_rank) FILTER (WHERE dataset IS NULL OR list_contains($datasets, dataset)),
        CASE WHEN count(*) = 1 THEN min(quality_rank) END
    ) AS quality_rank
FROM pools
GROUP BY pool
