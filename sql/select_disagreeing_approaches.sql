-- Budgets at which two approaches to the compute-optimal size have intervals that do not meet: one row a pair, at its largest budget.
WITH compared AS (
    SELECT
        one.study,
        one.law,
        one.cohort,
        one.flops,
        one.approach AS first_approach,
        other.approach AS second_approach,
        one.params AS first_params,
        other.params AS second_params,
        one.params_low AS first_low,
        one.params_high AS first_high,
        other.params_low AS second_low,
        other.params_high AS second_high,
        count(*) OVER pair AS budgets,
        row_number() OVER (pair ORDER BY one.flops DESC) AS place
    FROM plan_compute_optimal AS one
    INNER JOIN plan_compute_optimal AS other
        ON other.fit_id = one.fit_id AND other.cohort = one.cohort AND other.flops = one.flops AND other.approach > one.approach
    WHERE one.selected AND (one.params_low > other.params_high OR one.params_high < other.params_low)
    WINDOW pair AS (PARTITION BY one.study, one.cohort, one.approach, other.approach)
)

SELECT
    format(
        '{}: at {:.3e} FLOP {} plans {:.3g} parameters ({:.3g} to {:.3g}) but {} {:.3g} ({:.3g} to {:.3g}) (budgets that differ: {}); '
        || 'see the messages of plan_compute_optimal on profiles that are left out, and add runs on both sides of the optimum',
        study, flops, first_approach, first_params, first_low, first_high, second_approach, second_params, second_low, second_high, budgets
    ) AS message
FROM compared
WHERE place = 1
ORDER BY study, cohort, first_approach, second_approach
