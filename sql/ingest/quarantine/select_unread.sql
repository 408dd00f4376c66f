-- Logs and folders that the disk did not give at the last look, since when, and what it said.
SELECT source_uri, detail, quarantined_at FROM quarantine
WHERE content_hash LIKE 'link:%' AND reason = 'unreadable'
ORDER BY source_uri
