INSERT INTO runs_history BY NAME
SELECT
    folded.*,
    coalesce(known.version, 0) + 1 AS version,
    $now AS valid_from,
    $now AS ingested_at
FROM folded_runs AS folded
LEFT JOIN (SELECT run_key, max(version) AS version FROM runs_history GROUP BY run_key) AS known USING (run_key)
