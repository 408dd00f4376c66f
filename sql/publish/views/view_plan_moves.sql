-- How each plan cell moved from one fit to the next, in widths of the interval that it had before.
CREATE OR REPLACE VIEW plan_moves AS
WITH cells AS (
    SELECT
        *,
        lag(value) OVER history AS before,
        lag(low) OVER history AS before_low,
        lag(high) OVER history AS before_high,
        lag(fit_id) OVER history AS before_fit_id
    FROM plan_history
    WINDOW history AS (PARTITION BY study, cohort, law, plan, cell, estimate ORDER BY planned_at)
)

SELECT
    study,
    cohort,
    law,
    plan,
    cell,
    estimate,
    before_fit_id,
    fit_id,
    before,
    value,
    value - before AS moved,
    (value - before) / nullif(before_high - before_low, 0) AS moved_widths,
    value NOT BETWEEN before_low AND before_high AS left_interval,
    planned_at
FROM cells
WHERE before IS NOT NULL AND before_fit_id <> fit_id
