-- What an earlier state of the log may have given of series whose unit is unclear; an error follows from its accuracy.
CREATE OR REPLACE TEMP TABLE replaced_cells AS
SELECT DISTINCT cells.series, cells.by_step, cells.place, cells.value
FROM cells_numbered AS cells
JOIN series_numbers AS numbers USING (lawbook_file, series)
JOIN unclear_series AS unclear
    ON unclear.lawbook_file = numbers.lawbook_file
    AND unclear.run_id = numbers.run_id
    AND unclear.split = numbers.split
    AND unclear.task = numbers.task
    AND (unclear.metric = numbers.metric OR (unclear.metric = 'accuracy' AND numbers.metric = 'error'))
