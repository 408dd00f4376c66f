-- What has moved in the last seven days: which plan cells, from what to what, and did they leave the interval that they had?
SELECT
    study, cohort, law, plan, cell, estimate, before, value,
    round(moved_widths, 2) AS moved_widths, left_interval, planned_at
FROM plan_moves
WHERE moved <> 0 AND planned_at >= current_localtimestamp() - INTERVAL 7 DAY
ORDER BY left_interval DESC, abs(moved_widths) DESC
