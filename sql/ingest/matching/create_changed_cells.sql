-- What is new, or differs from the newest version in something that the file says.
CREATE OR REPLACE TEMP TABLE changed_cells AS
SELECT
    cells.lawbook_file,
    cells.lawbook_row,
    cells.series,
    cells.by_step,
    cells.place,
    cells.step,
    coalesce(cells.data_seen, known.data_seen) AS data_seen,
    coalesce(cells.flops, known.flops) AS flops,
    coalesce(cells.lr, known.lr) AS lr,
    cells.value,
    greatest(coalesce(known.version, 0), coalesce(retired.version, 0)) + 1 AS version,
    coalesce(known.archived, false) AS archived,
    CASE WHEN known.archived THEN hash(known.step, known.data_seen, known.flops, known.lr, known.value, known.version) END AS known_hash
FROM {{cells}} AS cells
LEFT JOIN (
    SELECT *, step IS NOT NULL AS by_step, coalesce(step, data_seen, -1) AS place
    FROM all_points
    WHERE valid_to IS NULL AND series IN (SELECT series FROM series_numbers WHERE NOT is_new)
) AS known USING (series, by_step, place)
LEFT JOIN (  -- values that a restart has ended and nothing has replaced yet
    SELECT series, step IS NOT NULL AS by_step, coalesce(step, data_seen, -1) AS place, max(version) AS version
    FROM all_points
    WHERE valid_to IS NOT NULL AND series IN (SELECT series FROM series_numbers WHERE NOT is_new)
    GROUP BY ALL
) AS retired ON retired.series = cells.series AND retired.by_step = cells.by_step AND retired.place = cells.place
WHERE known.series IS NULL
    OR cells.value <> known.value
    OR (cells.data_seen IS DISTINCT FROM known.data_seen AND cells.data_seen IS NOT NULL)
    OR (cells.flops IS DISTINCT FROM known.flops AND cells.flops IS NOT NULL)
    OR (cells.lr IS DISTINCT FROM known.lr AND cells.lr IS NOT NULL)
