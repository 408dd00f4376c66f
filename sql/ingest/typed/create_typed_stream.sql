CREATE OR REPLACE TEMP TABLE typed_rows AS
SELECT lawbook_file, {{columns}}, {{good}} AS good, {{kept}} AS kept
FROM ({{rows}})
