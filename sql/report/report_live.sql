-- The selected current fits of a study, a combination of laws among them: the middle size of their runs, and how far those reach.
SELECT
    f.fit_id,
    f.cohort,
    f.law,
    any_value(s.metric) AS metric,
    any_value(s.declaration ->> '$.goal') AS goal,
    any_value((f.certificate::JSON ->> '$.law_error.at_edge')::DOUBLE) AS error_at_edge,
    any_value((f.certificate::JSON ->> '$.law_error.growth')::DOUBLE) AS error_growth,
    any_value(f.certificate::JSON ->> '$.law_error.epochs') AS error_epochs,
    median(r.params) AS params,
    max(r.data_seen) AS data_seen,
    max(r.data_unique) AS data_unique,
    max(6 * coalesce(r.params, r.params_nonembedding) * r.data_seen) AS flops
FROM fits AS f
INNER JOIN studies AS s ON s.study = f.study
LEFT JOIN fit_runs AS u ON u.fit_id = f.fit_id AND u.used
LEFT JOIN runs AS r USING (run_key)
WHERE f.study = $study AND f.valid_to IS NULL AND f.selected
GROUP BY f.fit_id, f.cohort, f.law
ORDER BY f.cohort
