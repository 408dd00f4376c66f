SELECT count(*) AS fits FROM fits WHERE study = $study AND cohort = $cohort AND law = $law
