-- Runs that repeat their data by their epochs or by their amounts, and by a quarter more or less often by the one than by the other.
SELECT
    count(*) AS unlike,
    (list(printf('%s: %g instead of %g', run_id, epochs, data_seen / data_unique) ORDER BY run_id))[:3] AS examples
FROM runs
WHERE
    pool IS NULL
    AND epochs > 0
    AND greatest(epochs, data_seen / data_unique) > $tolerance
    AND greatest(epochs * data_unique / data_seen, data_seen / (epochs * data_unique)) > $tolerance
HAVING count(*) > 0
