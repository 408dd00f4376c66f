-- The final loss of each finished run with its size and data; those that repeat their data stay out.
SELECT
    concat_ws(' · ', r.namespace, r.dataset, r.architecture, r.tokenizer, m.split, m.task) AS sweep,
    r.run_key,
    r.run_id,
    coalesce(r.params, r.params_nonembedding) AS params,
    coalesce(m.data_seen, r.data_seen) AS data_seen,
    m.value
FROM measurements AS m
INNER JOIN runs AS r USING (run_key)
WHERE m.metric = 'loss' AND m.final AND m.value > 0 AND coalesce(r.params, r.params_nonembedding) > 0
    AND coalesce(m.data_seen, r.data_seen) > 0
    AND coalesce(r.epochs, coalesce(m.data_seen, r.data_seen) / r.data_unique, 1) <= 1.5
ORDER BY sweep, r.run_id, r.run_key
