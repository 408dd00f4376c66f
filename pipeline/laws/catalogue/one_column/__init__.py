"""Curves on one declared column that bend: rivals for whatever a study names as its `axis`."""
