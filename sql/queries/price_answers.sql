-- How much work on an answer is worth buying, and what does the answer cost then?
SELECT
    study, cohort, axis, amount, best,
    value, value_low, value_high, gain, ceiling,
    flops_per_answer, price_per_answer, currency, message
FROM best_inference
ORDER BY study, cohort, amount
