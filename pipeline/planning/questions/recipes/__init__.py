"""Questions about the recipe of the next run, and about what follows its training."""
