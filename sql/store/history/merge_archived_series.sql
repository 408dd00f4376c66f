-- What is about to move into the history, counted and hashed a series, so that no look at the files is needed later.
MERGE INTO archived_series AS known
USING (
    SELECT
        series,
        count(*) AS versions,
        count(*) FILTER (WHERE valid_to IS NULL) AS newest,
        coalesce(bit_xor(hash(step, data_seen, flops, lr, value, version)) FILTER (WHERE valid_to IS NULL), 0) AS value_hash
    FROM points
    GROUP BY series
) AS moved
ON known.series = moved.series
WHEN MATCHED THEN UPDATE SET
    versions = known.versions + moved.versions,
    newest = known.newest + moved.newest,
    value_hash = xor(known.value_hash, moved.value_hash)
WHEN NOT MATCHED THEN INSERT (series, versions, newest, value_hash) VALUES (moved.series, moved.versions, moved.newest, moved.value_hash)
