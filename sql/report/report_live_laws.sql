SELECT DISTINCT law FROM fits WHERE valid_to IS NULL AND grade <> 'refused' ORDER BY law
