UPDATE points SET valid_to = $now WHERE valid_to IS NULL AND series IN (SELECT series FROM withdrawn_series)
