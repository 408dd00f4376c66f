"""Drafts of maps for files that no reader knows: what their columns are called, and which files belong together."""
