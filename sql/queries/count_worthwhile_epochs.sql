-- How many epochs of a pool are worth it: from which epoch on is another sample of it worth less than half a fresh one?
SELECT
    study, cohort, pool, data_unique,
    any_value(epochs_worth_half) AS epochs_worth_half,
    any_value(epochs_worth_half_low) AS epochs_worth_half_low,
    any_value(epochs_worth_half_high) AS epochs_worth_half_high,
    max(epochs) AS epochs_asked
FROM best_repetition
GROUP BY ALL
ORDER BY study, cohort, epochs_worth_half DESC NULLS LAST, pool
