-- A declared study that the store does not know yet; while its logs cannot be read it is neither fitted nor failed.
WITH away AS (
    SELECT string_agg(source_uri || ' (' || detail || ')', '; ' ORDER BY source_uri) AS places FROM quarantine
    WHERE content_hash LIKE 'link:%' AND reason = 'unreadable'
)
SELECT concat('study ', $study, ' has not been fitted yet', '; cannot be read: ' || places) AS message
FROM away
WHERE places IS NOT NULL AND NOT EXISTS (SELECT 1 FROM studies WHERE study = $study)
