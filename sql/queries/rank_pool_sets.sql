-- Which data pools should a run use at each budget, and by how much does the best set beat the next one?
-- Where `ties` is above 0, the runs cannot tell so many sets from the best: lead_over_next is what the wrong choice costs.
SELECT
    study, cohort, params, data_seen, pools, round(epochs, 2) AS epochs,
    value, value_low, value_high, probability_best,
    next_pools, next_behind AS lead_over_next, next_behind_low AS lead_low, next_behind_high AS lead_high, ties
FROM best_filtering
WHERE rank = 1
ORDER BY study, cohort, params, data_seen
