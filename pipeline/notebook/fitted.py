"""fit() for a notebook: any frame in, and a fit that remembers it, so that plans and pictures need nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import Any

from pipeline.fitting import Fit
from pipeline.fitting import fit as _fit
from pipeline.laws.law import Law
from pipeline.notebook.inputs import as_polars


@wraps(_fit)
def fit(law: Law, frame: Any, **options: Any) -> Fit:
    """As pipeline.fitting.fit, of a frame of Polars, pandas or Arrow; the fit keeps it as `.frame`."""
    rows = as_polars(frame)
    return replace(_fit(law, rows, **options), frame=rows)
