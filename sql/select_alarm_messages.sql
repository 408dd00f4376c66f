SELECT concat(alarm, ' in ', study, ': ', message) AS message FROM alarms ORDER BY raised_at DESC, message LIMIT 50
