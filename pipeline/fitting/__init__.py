"""Fits: objective, solver, resampling, calibration, identifiability, selection. See docs/fitting.md."""

from pipeline.fitting.audit import certify, sensitivity
from pipeline.fitting.certificate import Certificate
from pipeline.fitting.fitter import fit
from pipeline.fitting.misfit_prior import MisfitPrior
from pipeline.fitting.result import Fit, Misfit
from pipeline.fitting.selection import Selection, select
from pipeline.fitting.stack import Stack, stack

__all__ = [
    "Certificate",
    "Fit",
    "Misfit",
    "MisfitPrior",
    "Selection",
    "Stack",
    "certify",
    "fit",
    "select",
    "sensitivity",
    "stack",
]
