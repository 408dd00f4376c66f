SELECT cohort, law, grade, selected, n_runs, n_points, objective_value, rmse, extrapolation_error, fitted_at
FROM fits
WHERE study = $study AND valid_to IS NULL
ORDER BY cohort, selected DESC, law
