-- Which mixture of sources is best at a larger size, told from two small ones?
SELECT study, cohort, data_seen, pools, weights, value, value_low, value_high, rank, probability_best
FROM best_projection
WHERE rank <= 3
ORDER BY study, cohort, data_seen, rank
