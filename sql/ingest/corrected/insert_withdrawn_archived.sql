-- A newest value that lies in the history stays in its file; this says until when it held.
INSERT INTO archived_changes BY NAME
SELECT
    series,
    step IS NOT NULL AS by_step,
    coalesce(step, data_seen, -1) AS place,
    version,
    hash(step, data_seen, flops, lr, value, version) AS value_hash,
    $now AS valid_to
FROM all_points
WHERE archived AND valid_to IS NULL AND series IN (SELECT series FROM withdrawn_series)
