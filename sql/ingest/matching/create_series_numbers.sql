-- The number of each incoming series: the one it has, or the next free one.
CREATE OR REPLACE TEMP TABLE series_numbers AS
WITH incoming AS (
    SELECT
        series_in.*,
        left(md5(files.namespace || chr(31) || series_in.run_id), 16) AS run_key
    FROM series_in
    JOIN batch_files AS files USING (lawbook_file)
),
keys AS (
    SELECT
        incoming.run_key,
        incoming.metric,
        incoming.split,
        incoming.task,
        any_value(series.series) AS known,
        row_number() OVER (ORDER BY min(incoming.lawbook_file), incoming.run_key, incoming.metric, incoming.split, incoming.task) AS place
    FROM incoming
    LEFT JOIN series USING (run_key, metric, split, task)
    GROUP BY incoming.run_key, incoming.metric, incoming.split, incoming.task
)
SELECT
    incoming.*,
    keys.known IS NULL AS is_new,
    CAST(coalesce(keys.known, keys.place + (SELECT coalesce(max(series), 0) FROM series)) AS INTEGER) AS series
FROM incoming
JOIN keys USING (run_key, metric, split, task)
