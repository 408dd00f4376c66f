-- Which model size and how much data is each compute budget best spent on, and how sure is that?
SELECT
    study, cohort, flops, approach,
    params, params_low, params_high,
    data_seen, round(data_per_param, 1) AS data_per_param,
    loss, loss_low, loss_high,
    round(10 ** distance, 1) AS times_the_largest_run, grade, message
FROM best_compute_optimal
ORDER BY study, cohort, flops, approach
