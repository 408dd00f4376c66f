INSERT INTO conflict_rows (lawbook_file, lawbook_row, detail)
WITH RECURSIVE edges AS (
    SELECT pool, member FROM typed WHERE good AND kept
    UNION
    SELECT pool, member FROM pool_members
),
reached AS (
    SELECT pool, member FROM edges
    UNION
    SELECT reached.pool, edges.member FROM reached INNER JOIN edges ON edges.pool = reached.member
)
SELECT
    lawbook_file,
    lawbook_row,
    'pool ' || pool || ' contains itself' || CASE WHEN pool = member THEN '' ELSE ' through its member ' || member END
FROM typed
ANTI JOIN conflict_rows AS known USING (lawbook_file, lawbook_row)
WHERE good AND kept AND (pool = member OR (member, pool) IN (SELECT (pool, member) FROM reached))
