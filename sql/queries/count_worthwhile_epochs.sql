-- How many passes over a pool are worth it: until which pass is another sample of it worth half a fresh one?
SELECT
    study, cohort, pool, data_unique,
    max(epochs) FILTER (value_of_repeat >= 0.5) AS epochs_worth_half,
    max(epochs) FILTER (value_of_repeat_low >= 0.5) AS epochs_surely_worth_half,
    max(epochs) AS epochs_asked
FROM best_repetition
GROUP BY ALL
ORDER BY study, cohort, epochs_worth_half DESC NULLS LAST, pool
