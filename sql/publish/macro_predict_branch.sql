SELECT
    c.study,
    c.cohort,
    c.law AS member,
    CASE WHEN c.selected THEN c.law ELSE made.law END AS law,
    CASE WHEN c.selected THEN c.grade ELSE made.grade END AS grade,
    CASE WHEN c.selected THEN c.fit_id ELSE made.fit_id END AS fit_id,
    c.pools,
    CASE WHEN c.selected THEN 1.0 ELSE w.weight END AS weight,
    {{reads}} AS reads,
    {{value}} AS predicted
FROM current_parameters AS c
LEFT JOIN fit_weights AS w ON w.fit_id = c.fit_id
LEFT JOIN fits AS made
    ON made.study = c.study AND made.cohort = c.cohort AND made.law IN ('combined', 'chained') AND made.selected
        AND made.valid_to IS NULL
WHERE c.study = study_name AND c.law = {{law}} AND (c.selected OR (w.weight > 0 AND made.fit_id IS NOT NULL))
