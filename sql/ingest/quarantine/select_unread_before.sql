-- Logs and folders that the disk did not give at an earlier look.
SELECT source_uri FROM ingest_log
WHERE content_hash LIKE 'link:%' AND starts_with(read_as, 'refused:unreadable')
