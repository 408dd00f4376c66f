-- Which data pools should a run use at each budget, and by how much does the best set beat the next one?
-- Where lead_over_next is small and probability_best low, sets are as good as each other: message has the lead with its interval.
SELECT
    study, cohort, params, data_seen, pools, round(epochs, 2) AS epochs,
    value, value_low, value_high, probability_best,
    lead(value) OVER budget - value AS lead_over_next, message
FROM best_filtering
WINDOW budget AS (PARTITION BY study, cohort, params, data_seen ORDER BY rank)
QUALIFY rank = 1
ORDER BY study, cohort, params, data_seen
