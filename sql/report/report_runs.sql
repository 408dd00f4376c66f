SELECT DISTINCT coalesce(r.name, r.run_id) AS run, r.params, r.data_seen, r.flops
FROM fit_runs AS u
JOIN fits AS f USING (fit_id)
JOIN runs AS r USING (run_key)
WHERE f.study = $study AND f.valid_to IS NULL AND f.selected AND u.used
ORDER BY r.flops, run
LIMIT $most
