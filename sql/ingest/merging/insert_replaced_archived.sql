-- A newest value that lies in the history stays in its file; this says until when it held.
INSERT INTO archived_changes BY NAME
SELECT
    old.series,
    replaced.by_step,
    replaced.place,
    old.version,
    hash(old.step, old.data_seen, old.flops, old.lr, old.value, old.version) AS value_hash,
    $now AS valid_to
FROM all_points AS old
JOIN replaced_cells AS replaced
    ON old.series = replaced.series
    AND (old.step IS NOT NULL) = replaced.by_step
    AND coalesce(old.step, old.data_seen, -1) = replaced.place
    AND old.value = replaced.value
WHERE old.archived AND old.valid_to IS NULL
