-- The selected current fits of a study: pools best first, the middle size of their runs, and how far the runs reach. Of a
-- combination it is the heaviest law, with its weight: a page computes with one formula.
WITH chosen AS (
    SELECT fit_id, cohort, NULL::DOUBLE AS weight
    FROM fits
    WHERE study = $study AND valid_to IS NULL AND selected AND law <> 'combined'
    UNION ALL
    SELECT arg_max(w.fit_id, w.weight), w.cohort, max(w.weight)
    FROM fit_weights AS w
    INNER JOIN fits AS s ON s.study = w.study AND s.cohort = w.cohort
    WHERE w.study = $study AND s.valid_to IS NULL AND s.selected AND s.law = 'combined'
    GROUP BY w.cohort
)

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
    max(6 * r.params * r.data_seen) AS flops,
    any_value(chosen.weight) AS weight
FROM current_parameters AS c
INNER JOIN chosen ON chosen.fit_id = c.fit_id
INNER JOIN studies AS s ON s.study = c.study
INNER JOIN fits AS f ON f.fit_id = c.fit_id
LEFT JOIN fit_runs AS u ON u.fit_id = c.fit_id AND u.used
LEFT JOIN runs AS r USING (run_key)
WHERE c.study = $study
GROUP BY c.fit_id, c.cohort, c.law
ORDER BY c.cohort
