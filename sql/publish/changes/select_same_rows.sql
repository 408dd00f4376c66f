-- Whether the copied file holds the rows of the store already, in whatever order.
SELECT published.content IS NOT DISTINCT FROM stored.content AND published.row_count = stored.row_count AS same
FROM (SELECT count(*) AS row_count, sum(hash(t)) AS content FROM pub.{{table}} AS t) AS published
CROSS JOIN (SELECT count(*) AS row_count, sum(hash(t)) AS content FROM ({{rows}}) AS t) AS stored
