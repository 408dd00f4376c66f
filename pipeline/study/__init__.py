"""A study: what is asked, of which runs, and the observations that its laws are fitted to."""
