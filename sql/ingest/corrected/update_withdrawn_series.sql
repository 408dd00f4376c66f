UPDATE series SET final_data_seen = NULL, final_step = NULL WHERE series IN (SELECT series FROM withdrawn_series)
