-- Plans in which approaches to the compute-optimal size contradict each other: one row a study and cohort, its largest budget.
WITH found AS (
    SELECT
        study,
        cohort,
        flops,
        apart,
        apart_params,
        apart_least,
        apart_most,
        count(*) OVER pair AS budgets,
        row_number() OVER (pair ORDER BY flops DESC) AS place
    FROM plan_compute_optimal
    WHERE selected AND apart IS NOT NULL
    WINDOW pair AS (PARTITION BY study, cohort)
)

SELECT * EXCLUDE (place)
FROM found
WHERE place = 1
ORDER BY study, cohort
