-- All rows of a table in whatever order, as two numbers.
SELECT
    count(*) AS row_count,
    sum(hash(t)) AS content
FROM {{table}} AS t
