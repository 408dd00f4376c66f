-- What could not be read, from which files and why?
SELECT l.source_uri, l.rows, l.ingested, l.duplicates, l.filtered, l.quarantined, q.reason, count(q.reason) AS of_this_reason, min(q.detail) AS for_example
FROM ingest_log AS l
LEFT JOIN quarantine AS q USING (content_hash)
GROUP BY ALL
ORDER BY l.quarantined DESC, l.source_uri, of_this_reason DESC
