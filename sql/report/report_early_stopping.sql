SELECT coalesce(runs.name, runs.run_id) AS run, e.data_so_far / e.data_seen AS part, e.metric, e.predicted, e.predicted_low, e.predicted_high, e.message
FROM early_stopping AS e
LEFT JOIN runs USING (run_key)
WHERE e.study = $study
ORDER BY e.probability_best, run
