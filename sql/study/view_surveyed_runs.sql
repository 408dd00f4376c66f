-- The runs that may be studied together. Folders right below the inbox are namespaces: where each holds a run or two, they are the runs
-- of one sweep, and their namespace says nothing.
CREATE OR REPLACE TEMP VIEW surveyed_runs AS
SELECT r.* REPLACE (CASE WHEN apart.alone THEN '' ELSE r.namespace END AS namespace)
FROM told_runs AS r
CROSS JOIN (
    SELECT count(*) > 2 AND max(runs) <= 2 AS alone
    FROM (
        SELECT count(*) AS runs
        FROM runs
        GROUP BY namespace
    )
) AS apart
