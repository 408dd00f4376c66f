SELECT
    c.study,
    c.cohort,
    c.law,
    c.grade,
    c.fit_id,
    c.pools,
    {{value}} AS predicted
FROM current_parameters AS c
WHERE c.study = study_name AND c.selected AND c.law = {{law}}
