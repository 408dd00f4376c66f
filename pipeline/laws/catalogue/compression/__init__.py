"""Fewer bits or parameters, and models that grow or shrink while they train."""
