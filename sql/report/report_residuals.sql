WITH shown AS (
    SELECT f.cohort, s.run_key, s.metric, s.data_seen, s.observed, s.predicted,
           row_number() OVER (ORDER BY hash(s.run_key, s.data_seen)) AS place,
           count(*) OVER () AS points
    FROM residuals AS s
    JOIN fits AS f USING (fit_id)
    WHERE f.study = $study AND f.valid_to IS NULL AND f.selected
)
SELECT h.cohort, coalesce(r.name, r.run_id) AS run, r.pool, r.params, h.data_seen, r.data_unique,
       r.flops * h.data_seen / nullif(r.data_seen, 0) AS flops,
       h.observed, h.predicted, h.observed / h.predicted - 1 AS error, h.points
FROM shown AS h
LEFT JOIN runs AS r USING (run_key)
WHERE h.place <= $most
ORDER BY h.cohort, run, h.data_seen
