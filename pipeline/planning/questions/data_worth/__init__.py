"""What data are worth: repeats, signs of pools, policies of drawing, matched small runs, limits. One file a table."""
