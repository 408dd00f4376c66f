DELETE FROM quarantine WHERE (content_hash, source_uri) IN (SELECT content_hash, source_uri FROM batch_files)
