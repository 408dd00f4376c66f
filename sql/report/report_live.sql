-- The selected current fits of a study: pools best first, the middle size of their runs, and how far the runs reach.
SELECT
    c.fit_id,
    c.cohort,
    c.law,
    any_value(c.pools) AS pools,
    any_value(s.metric) AS metric,
    any_value(s.declaration ->> '$.goal') AS goal,
    any_value((f.certificate::JSON ->> '$.law_error.at_edge')::DOUBLE) AS error_at_edge,
    any_value((f.certificate::JSON ->> '$.law_error.growth')::DOUBLE) AS error_growth,
    median(r.params) AS params,
    max(r.data_seen) AS data_seen,
    max(r.data_unique) AS data_unique,
    max(6 * r.params * r.data_seen) AS flops
FROM current_parameters AS c
INNER JOIN studies AS s USING (study)
INNER JOIN fits AS f ON f.fit_id = c.fit_id
LEFT JOIN fit_runs AS u ON u.fit_id = c.fit_id AND u.used
LEFT JOIN runs AS r USING (run_key)
WHERE c.study = $study AND c.selected
GROUP BY c.fit_id, c.cohort, c.law
ORDER BY c.cohort
