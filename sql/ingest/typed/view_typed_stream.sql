CREATE OR REPLACE TEMP VIEW typed AS
SELECT rowid + 1 AS lawbook_row, * FROM typed_rows
