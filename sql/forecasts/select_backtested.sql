SELECT fit_id FROM backtested WHERE study = $study
