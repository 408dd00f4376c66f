CREATE OR REPLACE TEMP TABLE rows_in AS
SELECT DISTINCT ON ({{key}}) * EXCLUDE (good, kept)
FROM typed
WHERE good AND kept
    AND (lawbook_file, lawbook_row) NOT IN (SELECT (lawbook_file, lawbook_row) FROM conflict_rows)
ORDER BY {{key}}, lawbook_file, lawbook_row
