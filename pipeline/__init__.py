"""Lawbook: run logs in, the plan for the next training run out. `from pipeline import fit, laws, plan`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline import planning as plan
    from pipeline.fitting import fit
    from pipeline.laws import laws

__all__ = ["fit", "laws", "plan"]

_WHERE = {"fit": ("pipeline.fitting", "fit"), "laws": ("pipeline.laws", "laws"), "plan": ("pipeline.planning", None)}


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used: `lawbook --help` should not wait for SymPy."""
    if name not in _WHERE:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}; it has {', '.join(__all__)}")
    module, attribute = _WHERE[name]
    loaded = import_module(module)
    return loaded if attribute is None else getattr(loaded, attribute)
