-- Sizes and amounts of data of runs that are too small for a count, as of logs in millions or billions, and the first of them by name.
SELECT
    name,
    count(*) FILTER (WHERE amount > 0 AND amount < $least) AS small,
    count(*) AS runs,
    (list(printf('%s: %g', run_id, amount) ORDER BY run_id) FILTER (WHERE amount > 0 AND amount < $least))[:3] AS examples
FROM run_amounts
GROUP BY name
HAVING count(*) FILTER (WHERE amount > 0 AND amount < $least) > 0
ORDER BY name DESC
