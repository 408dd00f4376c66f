-- Rows of which a value or what they say of their run is new; a line that speaks of several runs is a row of each.
SELECT lawbook_file, count(*)
FROM (
    SELECT lawbook_file, lawbook_row, run_key FROM changed_cells JOIN series_numbers USING (lawbook_file, series)
    UNION
    SELECT lawbook_file, lawbook_row, run_key FROM merged_runs WHERE {{of_runs}}
)
GROUP BY lawbook_file
