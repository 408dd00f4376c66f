"""The plan tables, one a planning question: every estimate has its interval, every row its grade and distance.

A file of this folder declares `TABLES`: those of a group that shares columns, or the one table of a question, under its name.
"""

from pipeline.discovery import in_reading_order, modules_below

ORDER = ("sizes", "repetition", "pool_sets", "pool_shares", "costs", "any_law", "recipes")
"""The files in the order in which documents and plans show their tables; others follow by name."""
_FOUND = modules_below(__name__, __path__)

PLAN_TABLES = tuple(table for name in in_reading_order(_FOUND, ORDER) for table in _FOUND[name].TABLES)
"""In the order in which documents and plans show them."""
