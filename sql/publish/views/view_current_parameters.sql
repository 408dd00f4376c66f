-- One row a current fit, its parameters as a MAP: `alpha`, or `tau[top10]` where a parameter is per pool.
CREATE OR REPLACE VIEW current_parameters AS
SELECT
    fits.fit_id,
    fits.study,
    fits.cohort,
    fits.law,
    fits.grade,
    fits.selected,
    fits.fitted_at,
    map(
        list(CASE p.pool WHEN '' THEN p.parameter ELSE p.parameter || '[' || p.pool || ']' END ORDER BY p.parameter, p.pool),
        list(p.estimate ORDER BY p.parameter, p.pool)
    ) AS parameters,
    (
        SELECT list(own.pool ORDER BY pools.quality_rank NULLS LAST, own.pool)
        FROM (SELECT DISTINCT inner_p.pool FROM fit_parameters AS inner_p WHERE inner_p.fit_id = fits.fit_id AND inner_p.pool <> '') AS own
        LEFT JOIN (SELECT pool, min(quality_rank) AS quality_rank FROM pools GROUP BY pool) AS pools ON pools.pool = own.pool
    ) AS pools
FROM fits
INNER JOIN fit_parameters AS p USING (fit_id)
WHERE fits.valid_to IS NULL
GROUP BY fits.fit_id, fits.study, fits.cohort, fits.law, fits.grade, fits.selected, fits.fitted_at
