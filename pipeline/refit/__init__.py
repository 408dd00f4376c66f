"""From what is new to fits, forecasts and plans: what is due, in which order, and what of it is kept."""
