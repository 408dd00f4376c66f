SELECT study, refit_key, forecast_key, plan_key, failure FROM studies ORDER BY study
