"""Scaling of models that are not dense language models: images, video, time series, tables, recommenders, experts."""
