SELECT count(DISTINCT run_key)
FROM corrections
WHERE run_key IN (SELECT run_key FROM runs_history WHERE valid_to IS NULL)
    AND run_key NOT IN (SELECT run_key FROM run_claims)
