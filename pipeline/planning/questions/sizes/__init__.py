"""Questions about model size, data and compute: what a budget buys best, what a loss costs, which recipe."""
