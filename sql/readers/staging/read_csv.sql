SELECT CAST(raw.file_index AS INTEGER) AS lawbook_file, raw.*
FROM read_csv(
    {{paths}},
    auto_detect = false,
    hive_partitioning = false,
    header = true,
    skip = {{skip}},
    delim = {{delimiter}},
    quote = '"',
    escape = '"',
    columns = {{columns}},
    store_rejects = true,
    rejects_limit = 0,
    max_line_size = {{line}},
    parallel = {{parallel}}
) AS raw
