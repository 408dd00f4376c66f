CREATE OR REPLACE TEMP TABLE cells_once AS
SELECT DISTINCT ON (series, by_step, at) *
FROM cells_in
ORDER BY series, by_step, at, lawbook_file, lawbook_row
