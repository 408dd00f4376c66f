"""Lawbook: run logs in, the plan for the next training run out. `from pipeline import fit, laws, plan`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline import planning as plan
    from pipeline.fitting import fit
    from pipeline.laws import laws

__version__ = "0.1.0"
__all__ = ["fit", "laws", "plan"]


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used: `lawbook --help` should not wait for SymPy."""
    if name == "fit":
        return import_module("pipeline.fitting").fit
    if name == "plan":
        return import_module("pipeline.planning")
    if name == "laws":
        return import_module("pipeline.laws")
    raise AttributeError(f"module 'pipeline' has no attribute {name!r}; it has {', '.join(__all__)}")
