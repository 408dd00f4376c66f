-- Which is the cheapest run that reaches each target loss, free or at a fixed size or amount of data?
SELECT study, cohort, law, loss AS target_loss, fixed, flops, flops_low, flops_high, params, data_seen, distance, grade, message
FROM best_inverse
ORDER BY study, cohort, target_loss DESC, fixed
