SELECT DISTINCT study FROM fits WHERE valid_to IS NULL AND selected ORDER BY study
