INSERT INTO points BY NAME
SELECT
    numbers.series,
    cells.step,
    cells.data_seen,
    cells.flops,
    cells.lr,
    cells.value,
    1 AS version,
    $now AS valid_from
FROM cells
JOIN series_numbers AS numbers USING ({{names}})
{{order}}
