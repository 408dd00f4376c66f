-- Do the laws that fit the same runs agree on the plan, and which one is used?
SELECT
    p.study, p.cohort, p.flops, p.law, p.selected, p.grade,
    p.params, p.params_low, p.params_high, p.loss,
    f.extrapolation_error,
    p.params / first(p.params) OVER (PARTITION BY p.study, p.cohort, p.flops, p.approach ORDER BY p.selected DESC) AS times_the_selected
FROM plan_compute_optimal AS p
JOIN fits AS f USING (fit_id)
WHERE p.approach = 'parametric'
ORDER BY p.study, p.cohort, p.flops, p.selected DESC, f.extrapolation_error
