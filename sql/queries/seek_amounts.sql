-- How much of one column reaches a value of the metric, or makes it best?
SELECT study, cohort, law, given, target, NULL AS goal, sought, amount, amount_low, amount_high, message
FROM best_target
UNION ALL
SELECT study, cohort, law, given, NULL, goal, sought, amount, amount_low, amount_high, message
FROM best_optimum
ORDER BY study, cohort, law, target
