UPDATE runs_history SET valid_to = $now
WHERE valid_to IS NULL AND run_key IN (SELECT run_key FROM merged_runs)
