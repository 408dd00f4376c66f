SELECT cohort, law, grade, selected, n_runs, n_points, rmse, extrapolation_error, objective, fitted_at, fit_id
FROM fits
WHERE study = $study AND valid_to IS NULL
ORDER BY cohort, selected DESC, law
