UPDATE misfit_priors SET valid_to = $moment WHERE study = $study AND law IN $laws AND valid_to IS NULL
