DELETE FROM {{table}} WHERE source_uri IN (SELECT source_uri FROM batch_files)
