-- One hash for all values of a run for a metric, split and task, and for where its refused values end; those in the history were
-- hashed when they moved there.
CREATE OR REPLACE TEMP TABLE measurement_hashes AS
SELECT
    run_key,
    metric,
    split,
    task,
    bit_xor(value_hash) AS value_hash
FROM (
    SELECT series.run_key, series.metric, series.split, series.task, parts.value_hash
    FROM (
        SELECT series, bit_xor(hash(step, data_seen, flops, lr, value, version)) AS value_hash
        FROM points
        WHERE valid_to IS NULL
        GROUP BY series
        UNION ALL
        SELECT series, value_hash FROM archived_series WHERE newest > 0
        UNION ALL
        SELECT series, value_hash FROM archived_changes
    ) AS parts
    JOIN series USING (series)
    UNION ALL
    SELECT run_key, metric, split, task, hash('refused', reason, max(step), max(data_seen)) AS value_hash
    FROM unusable_points
    GROUP BY run_key, metric, split, task, reason
)
GROUP BY run_key, metric, split, task
