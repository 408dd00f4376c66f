SELECT concat(alarm, ' in ', study, ': ', message) AS message
FROM alarms
WHERE (alarm = 'audit') = $audit
ORDER BY raised_at DESC, message
LIMIT 50
