-- Which model is cheapest once it has also served so many tokens, and what does its longer training cost?
SELECT
    study, cohort, flops AS training_budget, served_tokens,
    params, params_low, params_high, data_seen, round(data_per_param) AS data_per_param,
    round(100 * extra_training, 1) AS extra_training_percent,
    round(100 * saving, 1) AS saving_percent,
    loss
FROM best_serving
ORDER BY study, cohort, flops, served_tokens
