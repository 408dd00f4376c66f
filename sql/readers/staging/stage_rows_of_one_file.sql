CREATE OR REPLACE TEMP VIEW staged AS
SELECT rowid + 1 AS lawbook_row, * FROM staged_raw
