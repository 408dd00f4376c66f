"""Questions that any law answers in the columns that it reads: its response, its inverse, its optimum."""
