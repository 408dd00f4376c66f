-- What does each planned run cost in money and days, does it fit into memory, and does it make the deadline?
SELECT
    study, cohort, goal, flops, params, data_seen,
    accelerator_count || ' x ' || accelerator AS devices,
    round(mfu, 3) AS mfu, mfu_source,
    round(accelerator_hours) AS accelerator_hours,
    round(days, 2) AS days, round(days_promised, 2) AS days_promised,
    round(price) AS price, round(price_low) AS price_low, round(price_high) AS price_high, currency, price_date,
    zero_stage, fits, makes_deadline
FROM best_money
ORDER BY study, cohort, goal, flops
