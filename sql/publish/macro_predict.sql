-- What a study's plan stands on predicts for a run: predict('my-study', params := 1e9, data_seen := 2e10). Of a combination, the
-- weighted mean of the laws that the given columns tell enough.
CREATE OR REPLACE MACRO predict(study_name, {{arguments}}) AS TABLE
SELECT
    study,
    cohort,
    law,
    any_value(grade) AS grade,
    fit_id,
    any_value(pools) AS pools,
    sum(weight * predicted) / sum(weight) FILTER (predicted IS NOT NULL) AS predicted
FROM (
    {{branches}}
) AS members
GROUP BY study, cohort, law, fit_id
