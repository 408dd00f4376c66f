"""The planning questions: a plan is a function of a fit and its study, found in `questions/` and known by the table it fills.

A plan applies to every law that has the columns it needs, so a law of a user's own gets plans without a line more.
"""

from importlib import import_module
from pathlib import Path

from pipeline.planning.plan import Plan
from pipeline.schema import TABLES


def _found() -> dict[str, Plan]:
    """Every PLAN of the questions' files, by its table."""
    here = Path(__file__).parent
    files = [path for path in sorted((here / "questions").rglob("*.py")) if path.stem != "__init__"]
    names = [".".join(path.relative_to(here).with_suffix("").parts) for path in files]
    plans = [plan for name in names if (plan := getattr(import_module(f"{__name__}.{name}"), "PLAN", None)) is not None]
    return {plan.table: plan for plan in plans}


_PLANS = _found()
PLANS: dict[str, Plan] = {table: _PLANS[table] for table in TABLES if table in _PLANS}
"""In the order in which the schema declares their tables."""

__all__ = ["PLANS", "Plan"]
