"""The planning questions: a plan is a function of a fit and its study, found in `questions/` and known by the table it fills.

A plan applies to every law that has the columns it needs, so a law of a user's own gets plans without a line more.
"""

from pipeline.discovery import modules_below
from pipeline.planning import questions
from pipeline.planning.plan import Plan
from pipeline.schema import TABLES

_FOUND = modules_below(questions.__name__, questions.__path__).values()
_PLANS: dict[str, Plan] = {plan.table: plan for module in _FOUND if (plan := getattr(module, "PLAN", None)) is not None}
PLANS: dict[str, Plan] = {table: _PLANS[table] for table in TABLES if table in _PLANS}
"""In the order in which the schema declares their tables."""

__all__ = ["PLANS", "Plan"]
