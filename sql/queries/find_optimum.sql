-- At which value of one column is the metric best?
SELECT study, cohort, law, given, goal, sought, amount, amount_low, amount_high, value, message
FROM best_optimum
ORDER BY study, cohort, law
