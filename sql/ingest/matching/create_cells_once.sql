CREATE OR REPLACE TEMP TABLE cells_once AS
SELECT DISTINCT ON (series, by_step, place) *
FROM cells_in
ORDER BY series, by_step, place, lawbook_file, lawbook_row
