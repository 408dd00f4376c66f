-- The current fits of a study as the program reads them back, with since when they stand on older data.
SELECT
    fits.fit_id,
    fits.cohort,
    fits.law,
    fits.selected,
    max(plan_notes.stale_since) AS stale_since,
    any_value(fit_states.state) AS state
FROM fits
INNER JOIN fit_states USING (fit_id)
LEFT JOIN plan_notes ON plan_notes.study = fits.study AND plan_notes.cohort = fits.cohort AND plan_notes.law IN (fits.law, '')
WHERE fits.study = $study AND fits.valid_to IS NULL
GROUP BY fits.fit_id, fits.cohort, fits.law, fits.selected
ORDER BY fits.cohort, fits.law
