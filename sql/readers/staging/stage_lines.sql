CREATE OR REPLACE TEMP TABLE staged_lines AS
SELECT CAST(raw.file_index AS INTEGER) AS lawbook_file, raw.line, row_number() OVER () AS place
FROM read_csv(
    {{paths}},
    auto_detect = false,
    hive_partitioning = false,
    header = false,
    delim = chr(1),
    quote = '',
    escape = '',
    columns = {'line': 'VARCHAR'},
    store_rejects = true,
    rejects_limit = 0,
    max_line_size = {{line}},
    parallel = {{parallel}}
) AS raw
WHERE trim(raw.line) <> ''
