SELECT * FROM studies WHERE study = $study
