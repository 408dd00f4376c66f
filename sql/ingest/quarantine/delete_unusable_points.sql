DELETE FROM unusable_points WHERE source_uri IN (SELECT source_uri FROM batch_files)
