INSERT INTO file_series BY NAME
SELECT DISTINCT files.source_uri, numbers.series
FROM series_numbers AS numbers
JOIN batch_files AS files USING (lawbook_file)
JOIN series USING (series)
