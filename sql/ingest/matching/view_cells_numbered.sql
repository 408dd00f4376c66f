-- `place` with `by_step` is the place on the curve that identifies a value: its step, or data_seen where there is no step.
CREATE OR REPLACE TEMP VIEW cells_numbered AS
SELECT
    cells.lawbook_file,
    cells.lawbook_row,
    numbers.series,
    cells.step IS NOT NULL AS by_step,
    coalesce(cells.step, cells.data_seen, -1) AS place,
    cells.step,
    cells.data_seen,
    cells.flops,
    cells.lr,
    cells.value
FROM cells
JOIN series_numbers AS numbers USING (lawbook_file, run_id, metric, split, task)
