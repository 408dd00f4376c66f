-- What keeps the runs from a study: how many there are, and how many have a metric and no log that says they are over.
SELECT
    count(*) AS runs,
    count(*) FILTER (status IN ('running', 'planned') AND run_key IN (SELECT run_key FROM measurements)) AS unfinished
FROM runs
WHERE excluded_reason IS NULL
