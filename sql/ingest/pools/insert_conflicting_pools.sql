INSERT INTO conflict_rows (lawbook_file, lawbook_row, detail)
SELECT lawbook_file, lawbook_row, 'the file gives the same pool several values'
FROM typed
WHERE good AND kept
QUALIFY count(DISTINCT ({{columns}})) OVER (PARTITION BY {{key}}) > 1
