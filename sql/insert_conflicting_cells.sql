INSERT INTO conflict_rows
SELECT cells_in.lawbook_file, cells_in.lawbook_row, 'the file holds several values of ' || any_value(series_numbers.metric) || ' for the same run and step'
FROM cells_in
JOIN doubles USING (series, by_step, place)
JOIN series_numbers USING (series)
WHERE doubles.conflicting
GROUP BY cells_in.lawbook_file, cells_in.lawbook_row
