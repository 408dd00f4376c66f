-- Which of two recipes is better at each budget, how much does it save, and where do they cross?
SELECT
    study, cohort, other_cohort, axis, amount,
    loss, other_loss,
    compute_multiplier, compute_multiplier_low, compute_multiplier_high,
    probability_other_wins, crossover, crossover_low, crossover_high, message
FROM best_comparison
ORDER BY study, cohort, other_cohort, amount
