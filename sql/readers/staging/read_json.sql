SELECT CAST(raw.file_index AS INTEGER) AS lawbook_file, raw.*
FROM read_json({{paths}}, format = 'newline_delimited', columns = {{columns}}, auto_detect = false, hive_partitioning = false) AS raw
