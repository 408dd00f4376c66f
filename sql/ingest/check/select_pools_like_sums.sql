-- Pools called like a sum of others (`top10+next20`) of which nobody says that they are their union.
WITH named AS (
    SELECT DISTINCT pool
    FROM runs
    WHERE pool IS NOT NULL
),

parts AS (
    SELECT
        pool,
        list_transform(string_split_regex(pool, '\s*[+&|,]\s*'), lambda part: trim(part)) AS members
    FROM named
)

SELECT
    parts.pool,
    parts.members
FROM parts
WHERE
    len(parts.members) > 1
    AND parts.pool NOT IN (SELECT pool FROM pool_members)
    AND list_has_all((SELECT list(pool) FROM named), parts.members)
ORDER BY len(parts.members), parts.pool
