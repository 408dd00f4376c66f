"""The solver and what it sums: objectives, coordinates, Newton steps of many systems at once."""
