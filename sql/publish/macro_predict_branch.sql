SELECT
    c.study,
    c.cohort,
    CASE WHEN c.selected THEN c.law ELSE combined.law END AS law,
    CASE WHEN c.selected THEN c.grade ELSE combined.grade END AS grade,
    CASE WHEN c.selected THEN c.fit_id ELSE combined.fit_id END AS fit_id,
    c.pools,
    CASE WHEN c.selected THEN 1.0 ELSE w.weight END AS weight,
    {{value}} AS predicted
FROM current_parameters AS c
LEFT JOIN fit_weights AS w ON w.fit_id = c.fit_id
LEFT JOIN fits AS combined
    ON combined.study = c.study AND combined.cohort = c.cohort AND combined.law = 'combined' AND combined.selected
        AND combined.valid_to IS NULL
WHERE c.study = study_name AND c.law = {{law}} AND (c.selected OR (w.weight > 0 AND combined.fit_id IS NOT NULL))
