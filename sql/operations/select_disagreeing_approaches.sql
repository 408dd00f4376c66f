-- Plans whose own message says that the approaches to the compute-optimal size disagree: one row a study and cohort, its largest budget.
WITH said AS (
    SELECT
        study,
        cohort,
        flops,
        message,
        count(*) OVER pair AS budgets,
        row_number() OVER (pair ORDER BY flops DESC) AS place
    FROM plan_compute_optimal
    WHERE selected AND starts_with(message, 'The approaches disagree')
    WINDOW pair AS (PARTITION BY study, cohort)
)

SELECT
    format(
        '{}: at {:.3e} FLOP: {} (budgets that differ: {}); '
        || 'see the messages of plan_compute_optimal on profiles that are left out, and add runs on both sides of the optimum',
        study, flops, rtrim(message, '.'), budgets
    ) AS message
FROM said
WHERE place = 1
ORDER BY study, cohort
