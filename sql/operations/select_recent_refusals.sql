-- Rows refused in the last days, by reason, with one file of each.
SELECT reason, count(*) AS refused, any_value(source_uri) AS example
FROM quarantine
WHERE quarantined_at > $since
GROUP BY reason
ORDER BY refused DESC, reason
