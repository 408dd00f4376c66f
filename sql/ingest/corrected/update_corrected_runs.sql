UPDATE runs_history SET valid_to = $now
WHERE valid_to IS NULL
    AND run_key IN (SELECT run_key FROM corrections)
    AND (
        run_key IN (SELECT run_key FROM folded_runs)
        OR run_key NOT IN (SELECT run_key FROM run_claims)
    )
