"""Fits: objective, solver, resampling, calibration, identifiability, selection. See docs/fitting.md."""

from pipeline.fitting.audit import certify, sensitivity
from pipeline.fitting.evidence.certificate import Certificate
from pipeline.fitting.evidence.law_error_prior import MisfitPrior
from pipeline.fitting.evidence.selection import Selection, select
from pipeline.fitting.evidence.stack import Stack, stack
from pipeline.fitting.fitter import fit
from pipeline.fitting.result import Fit, Misfit

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
