-- Which learning-rate schedule is best at each length, from which step does it anneal, and how wrong is the law on unseen schedules?
SELECT
    study, cohort, steps, schedule, shape, decay_share, branch_step,
    value, value_low, value_high, probability_best, left_out_error
FROM best_schedule
WHERE rank <= 3
ORDER BY study, cohort, steps, rank
