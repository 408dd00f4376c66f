"""Questions about shares: how much to draw from each pool, and what to keep of the data."""
