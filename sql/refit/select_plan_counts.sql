-- Plan cells of the current fits of a study, by plan table.
SELECT h.plan, count(DISTINCT (h.cohort, h.law, h.cell)) AS cells
FROM plan_history AS h
INNER JOIN fits ON fits.fit_id = h.fit_id AND fits.valid_to IS NULL
WHERE h.study = $study
GROUP BY h.plan
ORDER BY h.plan
