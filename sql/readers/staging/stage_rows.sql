CREATE OR REPLACE TEMP VIEW staged AS
SELECT raw.rowid - first.first_row + 1 AS lawbook_row, raw.*
FROM staged_raw AS raw
JOIN staged_first AS first USING (lawbook_file)
