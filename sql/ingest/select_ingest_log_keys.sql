SELECT DISTINCT content_hash, namespace, read_as FROM ingest_log
