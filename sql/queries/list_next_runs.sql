-- Which small runs should be done next, in which order, and how much surer is the plan afterwards?
SELECT
    study, cohort, target, run_order, replicates, params, data_seen, pools, flops,
    round(cumulative_share, 3) AS share_of_budget, round(interval_reduction, 2) AS times_narrower,
    expected_low, expected_high, obstacle
FROM best_next_runs
ORDER BY study, cohort, target, run_order NULLS LAST
