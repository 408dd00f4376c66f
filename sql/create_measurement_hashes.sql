-- One hash for all values of a run for a metric, split and task.
CREATE OR REPLACE TEMP TABLE measurement_hashes AS
SELECT
    run_key,
    metric,
    split,
    task,
    bit_xor(hash(step, data_seen, flops, lr, value, version)) AS value_hash
FROM measurements_history
WHERE valid_to IS NULL
GROUP BY run_key, metric, split, task
