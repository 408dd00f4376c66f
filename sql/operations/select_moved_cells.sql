-- Cells of current fits that left the interval that they had under the fit before.
SELECT format('{}: {} of {} {} went from {:.4g} to {:.4g}, outside its interval', m.study, m.estimate, m.plan, m.cell, m.before, m.value) AS message
FROM plan_moves AS m
INNER JOIN fits ON fits.fit_id = m.fit_id AND fits.valid_to IS NULL AND fits.selected
WHERE m.left_interval
ORDER BY m.planned_at DESC
LIMIT 50
