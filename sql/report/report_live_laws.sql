SELECT DISTINCT law FROM fits WHERE valid_to IS NULL AND selected ORDER BY law
