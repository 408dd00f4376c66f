SELECT * FROM fits WHERE study = $study AND valid_to IS NULL AND selected ORDER BY cohort
