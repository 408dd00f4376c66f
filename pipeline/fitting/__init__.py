"""Fits: objective, solver, resampling, calibration, identifiability, selection. See docs/fitting.md."""

from pipeline.fitting.audit import certify, sensitivity
from pipeline.fitting.certificate import Certificate
from pipeline.fitting.fitter import fit
from pipeline.fitting.result import Fit, Misfit
from pipeline.fitting.selection import Selection, select

__all__ = ["Certificate", "Fit", "Misfit", "Selection", "certify", "fit", "select", "sensitivity"]
