-- How much of one column reaches a value of the metric?
SELECT study, cohort, law, given, target, sought, amount, amount_low, amount_high, message
FROM best_target
ORDER BY study, cohort, law, target
