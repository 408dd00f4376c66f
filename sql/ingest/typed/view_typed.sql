CREATE OR REPLACE TEMP VIEW typed AS
SELECT lawbook_file, lawbook_row, {{columns}}, {{good}} AS good, {{kept}} AS kept
FROM {{staged}}
