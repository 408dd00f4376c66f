SELECT forecast_id FROM forecasts WHERE forecast_id IN $ids
