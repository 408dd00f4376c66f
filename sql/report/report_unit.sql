SELECT coalesce(mode(r.data_unit), 'sample') AS data_unit
FROM fit_runs AS u
JOIN fits AS f USING (fit_id)
JOIN runs AS r USING (run_key)
WHERE f.study = $study AND f.valid_to IS NULL AND u.used
