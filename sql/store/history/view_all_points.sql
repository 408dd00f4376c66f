-- Every version of every value: the recent ones of the store, and those that are in the Parquet history.
CREATE OR REPLACE VIEW all_points AS
SELECT series, step, data_seen, flops, lr, value, version, valid_from, valid_to, false AS archived FROM points
UNION ALL
SELECT
    old.series,
    old.step,
    old.data_seen,
    old.flops,
    old.lr,
    old.value,
    old.version,
    old.valid_from,
    coalesce(changes.valid_to, old.valid_to) AS valid_to,
    true AS archived
FROM archived_points AS old
LEFT JOIN archived_changes AS changes
    ON changes.series = old.series
    AND changes.version = old.version
    AND changes.by_step = (old.step IS NOT NULL)
    AND changes.place = coalesce(old.step, old.data_seen, -1)
