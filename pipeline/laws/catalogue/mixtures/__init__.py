"""Loss against the proportions of training domains."""
