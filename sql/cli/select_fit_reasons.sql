SELECT r.run_id, CASE WHEN NOT u.used THEN coalesce(u.reason, 'not used') END AS reason
FROM fit_runs AS u
JOIN runs AS r USING (run_key)
WHERE u.fit_id = $fit_id
ORDER BY r.run_id
