-- The current fits of all studies without their states, with since when they stand on older data.
SELECT
    fits.study,
    fits.fit_id,
    fits.cohort,
    fits.law,
    fits.selected,
    max(plan_notes.stale_since) AS stale_since
FROM fits
SEMI JOIN fit_states USING (fit_id)
LEFT JOIN plan_notes ON plan_notes.study = fits.study AND plan_notes.cohort = fits.cohort AND plan_notes.law IN (fits.law, '')
WHERE fits.valid_to IS NULL
GROUP BY fits.study, fits.fit_id, fits.cohort, fits.law, fits.selected
ORDER BY fits.study, fits.cohort, fits.law
