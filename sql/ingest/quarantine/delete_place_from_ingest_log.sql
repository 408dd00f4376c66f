-- What was said before of files that are known by their place: a place that nobody could read is one row, however often it is tried.
DELETE FROM ingest_log
WHERE content_hash LIKE 'link:%' AND content_hash IN (SELECT content_hash FROM batch_files)
