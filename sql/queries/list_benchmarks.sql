-- Which benchmarks may be forecast at all, and what are they expected to reach?
SELECT
    study, task, trend, extrapolates, round(predictability, 2) AS predictability, emergence,
    flops, value, value_low, value_high, message
FROM best_benchmarks
ORDER BY study, NOT extrapolates, task
