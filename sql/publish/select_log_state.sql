-- What the store holds: it changes if and only if a file, a version or an exclusion was added.
SELECT
    (SELECT count(*) FROM runs_history WHERE valid_to IS NULL) AS runs,
    (SELECT count(*) FROM points WHERE valid_to IS NULL)
    + (SELECT coalesce(sum(newest), 0) FROM archived_series) - (SELECT count(*) FROM archived_changes) AS measurements,
    (SELECT count(*) FROM runs_history) AS run_versions,
    (SELECT count(*) FROM points) + (SELECT coalesce(sum(versions), 0) FROM archived_series) AS point_versions,
    (SELECT bit_xor(hash(content_hash, rows, quarantined)) FROM ingest_log) AS files,
    (SELECT bit_xor(hash(run_key, reason)) FROM exclusions) AS excluded,
    (SELECT bit_xor(hash(run_key)) FROM finishes) AS finished_by_hand,
    (SELECT bit_xor(hash(pool, dataset, data_unique, quality_rank)) FROM pools) AS pools,
    (SELECT bit_xor(hash(pool, member, share, data_unique)) FROM pool_members) AS pool_members
