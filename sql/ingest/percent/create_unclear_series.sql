-- Series with values up to 1 that themselves go above it, or most of whose neighbours in the file do.
CREATE OR REPLACE TEMP TABLE unclear_series AS
WITH columns AS (
    SELECT
        lawbook_file,
        metric,
        split,
        task,
        count(most_above) > 0 AS some,
        count(most_above) <= {{few}} * count(*)
        AND min(least_above) / 100 >= min(least) FILTER (WHERE most_above IS NULL)
        AND max(most_above) / 100 <= max(most) FILTER (WHERE most_above IS NULL) AS odd
    FROM unit_series
    GROUP BY ALL
)

SELECT series.lawbook_file, series.run_id, series.metric, series.split, series.task
FROM unit_series AS series
JOIN columns USING (lawbook_file, metric, split, task)
WHERE series.most IS NOT NULL AND (series.most_above IS NOT NULL OR (columns.some AND columns.odd IS NOT TRUE))
