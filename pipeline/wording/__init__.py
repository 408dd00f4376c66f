"""Plans in words and numbers as people say them. Above planning: a mended sentence refits nothing."""
