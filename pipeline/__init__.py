"""Lawbook: run logs in, the plan for the next training run out. `from pipeline import fit, laws, plan, read`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.laws import laws
    from pipeline.notebook import plan
    from pipeline.notebook.fitted import fit
    from pipeline.notebook.reading import read

__version__ = "0.1.0"
__all__ = ["fit", "laws", "plan", "read"]

PLACES = {"fit": "pipeline.notebook.fitted", "read": "pipeline.notebook.reading"}
MODULES = {"plan": "pipeline.notebook.plan", "laws": "pipeline.laws"}


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used: `lawbook --help` should not wait for SymPy."""
    if name in MODULES:
        return import_module(MODULES[name])
    if name in PLACES:
        return getattr(import_module(PLACES[name]), name)
    raise AttributeError(f"module 'pipeline' has no attribute {name!r}; it has {', '.join(__all__)}")
