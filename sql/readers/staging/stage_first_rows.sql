CREATE OR REPLACE TEMP TABLE staged_first AS
SELECT lawbook_file, min(rowid) AS first_row FROM staged_raw GROUP BY lawbook_file
