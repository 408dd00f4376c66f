-- What a study's plan stands on predicts for a run: predict('my-study', params := 1e9, data_seen := 2e10). Of a combination, the
-- weighted mean of the laws that the given columns tell enough; of a chain, what its laws make of the link that its first laws predict.
CREATE OR REPLACE MACRO predict(study_name, {{arguments}}) AS TABLE
WITH chain AS (
    SELECT
        json_keys(declaration, '$.chain')[1] AS link,
        CAST(json_extract(declaration, '$.chain.' || json_keys(declaration, '$.chain')[1]) AS VARCHAR[]) AS first_laws
    FROM studies
    WHERE study = study_name
),

alone AS (
    {{branches}}
),

links AS (
    SELECT
        alone.cohort,
        any_value(chain.link) AS link,
        sum(weight * predicted) / sum(weight) FILTER (predicted IS NOT NULL) AS predicted
    FROM alone
    INNER JOIN chain ON list_contains(chain.first_laws, alone.member)
    GROUP BY alone.cohort
)

SELECT
    study,
    cohort,
    law,
    any_value(grade) AS grade,
    fit_id,
    any_value(pools) AS pools,
    sum(weight * predicted) / sum(weight) FILTER (predicted IS NOT NULL) AS predicted
FROM (
    SELECT alone.*
    FROM alone
    LEFT JOIN chain ON chain.link IS NOT NULL
    WHERE chain.link IS NULL OR NOT (list_contains(chain.first_laws, alone.member) OR list_contains(alone.reads, chain.link))
    {{linked}}
) AS members
GROUP BY study, cohort, law, fit_id
