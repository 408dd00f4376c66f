SELECT DISTINCT unnest(json_keys(json)) FROM read_ndjson_objects({{paths}}, ignore_errors = true)
