"""Questions about sets of pools: which to use at which budget, and what each is worth."""
