CREATE OR REPLACE TEMP TABLE typed_rows AS
SELECT lawbook_file, lawbook_row, {{columns}}, {{good}} AS good, {{kept}} AS kept
FROM {{staged}}
