-- Which learning rate and batch should the next run have, and how sure is that?
SELECT
    study, cohort, params, data_seen,
    peak_lr, peak_lr_low, peak_lr_high,
    batch_tokens, batch_tokens_low, batch_tokens_high,
    round(10 ** distance, 1) AS times_the_largest_run, grade, message
FROM best_hyperparameters
ORDER BY study, cohort, params, data_seen
