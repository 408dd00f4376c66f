"""Fits: objective, solver, resampling, calibration, identifiability, selection. See docs/fitting.md."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.fitting.audit import certify, sensitivity
    from pipeline.fitting.evidence.blocks import common_design
    from pipeline.fitting.evidence.certificate import Certificate
    from pipeline.fitting.evidence.law_error_prior import MisfitPrior
    from pipeline.fitting.evidence.selection import Selection, select
    from pipeline.fitting.evidence.stack import Stack, stack
    from pipeline.fitting.fitter import fit
    from pipeline.fitting.result import Fit, Misfit

PLACES = {
    "Certificate": "evidence.certificate",
    "Fit": "result",
    "Misfit": "result",
    "MisfitPrior": "evidence.law_error_prior",
    "Selection": "evidence.selection",
    "Stack": "evidence.stack",
    "certify": "audit",
    "common_design": "evidence.blocks",
    "fit": "fitter",
    "select": "evidence.selection",
    "sensitivity": "audit",
    "stack": "evidence.stack",
}
"""Where each name is declared: it is loaded when it is first used, for what only reads certificates needs no solver."""

__all__ = [
    "Certificate",
    "Fit",
    "Misfit",
    "MisfitPrior",
    "Selection",
    "Stack",
    "certify",
    "common_design",
    "fit",
    "select",
    "sensitivity",
    "stack",
]


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module 'pipeline.fitting' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"pipeline.fitting.{PLACES[name]}"), name)
