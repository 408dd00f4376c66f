SELECT source_uri, row_number, reason, detail, raw FROM quarantine ORDER BY source_uri, row_number LIMIT $examples
