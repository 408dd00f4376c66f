SELECT DISTINCT run_key FROM forecasts WHERE study = $study AND kind IN ('live', 'arrival')
