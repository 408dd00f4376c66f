SELECT * FROM fits WHERE study = $study AND valid_to IS NULL ORDER BY cohort, law
