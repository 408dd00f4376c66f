DELETE FROM quarantine
WHERE (content_hash, source_uri) IN (SELECT content_hash, source_uri FROM batch_files)
    OR content_hash IN (SELECT 'link:' || source_uri FROM batch_files)
