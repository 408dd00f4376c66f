-- A value of the history that is replaced stays in its file; this says until when it held.
INSERT INTO archived_changes BY NAME
SELECT series, by_step, place, version - 1 AS version, known_hash AS value_hash, $now AS valid_to
FROM changed_cells
WHERE archived
