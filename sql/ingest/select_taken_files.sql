SELECT DISTINCT content_hash FROM ingest_log
