"""Data pruning with a perfect metric: error of a perceptron student after pruning (Sorscher et al. 2022, arXiv:2206.14486).

Of α_total examples for each input dimension the fraction f with the smallest (keep = "hard") or largest ("easy") margin is kept,
α = f·α_total. Teacher overlap R and margin κ of the max-margin student solve two saddle-point equations, with γ the cut in the
margin, H the Gaussian tail, Dt the Gaussian measure and s² = 1 − R²:
    R  = 2α/(f·√(2π)·s) ∫_{−∞}^κ Dt e^{−R²t²/2s²}·[1 − e^{−γ(γ−2Rt)/2s²}]·(κ − t)
    s² = (2α/f) ∫_{−∞}^κ Dt [H(−Rt/s) − H(−(Rt − γ)/s)]·(κ − t)²
and the error is arccos(R)/π. For "easy" the brackets are the complements beyond the cut. There is nothing to fit.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from pipeline.errors import LawError

Keep = Literal["hard", "easy"]
KEEPS: tuple[Keep, ...] = ("hard", "easy")
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
FAR = 12.0


def pruned_error(alpha: float, kept: float, keep: Keep = "hard") -> float:
    """Test error (fraction) when `alpha` kept examples a dimension are the fraction `kept` of all.

    Raises LawError where alpha is not positive or kept is not in (0, 1].
    """
    if not (alpha > 0 and 0 < kept <= 1):
        raise LawError(f"alpha {alpha} and kept fraction {kept} have no error", fix="give alpha > 0 and a fraction in (0, 1]")
    cut = _cut(kept, keep)
    overlap = brentq(lambda r: _overlap_gap(r, alpha, kept, cut, keep), 1e-9, 1 - 1e-13, xtol=1e-14)
    return float(np.arccos(overlap) / np.pi)


def _cut(kept: float, keep: Keep) -> float:
    """Margin at the cut: beyond it lie 1 − f of the examples (hard), or f of them (easy)."""
    if kept == 1:
        return np.inf if keep == "hard" else 0.0
    return float(-ndtri((1 - kept) / 2 if keep == "hard" else kept / 2))


def _overlap_gap(overlap: float, alpha: float, kept: float, cut: float, keep: Keep) -> float:
    """Right side of the first equation less its left side, at the margin that solves the second."""
    s = np.sqrt(1 - overlap**2)
    margin = _margin(overlap, alpha, kept, cut, keep)
    t, weight = _grid(margin, overlap, s, cut)
    near = np.exp(-((overlap * t) ** 2) / (2 * s**2))
    beyond = np.exp(-((overlap * t - cut) ** 2) / (2 * s**2)) if np.isfinite(cut) else np.zeros_like(t)
    bracket = near - beyond if keep == "hard" else beyond
    total = (weight * bracket * (margin - t)).sum()
    return float(2 * alpha / (kept * np.sqrt(2 * np.pi) * s) * total - overlap)


def _margin(overlap: float, alpha: float, kept: float, cut: float, keep: Keep) -> float:
    """κ of the second equation; its right side grows with κ."""
    s = np.sqrt(1 - overlap**2)

    def gap(margin: float) -> float:
        t, weight = _grid(margin, overlap, s, cut)
        inside, outside = ndtr(overlap * t / s), ndtr((overlap * t - cut) / s)
        bracket = inside - outside if keep == "hard" else outside
        return float(2 * alpha / kept * (weight * bracket * (margin - t) ** 2).sum() - s**2)

    high = 1.0
    while gap(high) < 0:
        high *= 2
    return float(brentq(gap, -FAR, high, xtol=1e-14))


def _grid(margin: float, overlap: float, s: float, cut: float) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and Gaussian weights on (−12, κ), split where the integrands bend."""
    width = s / overlap
    bends = [0.0] + ([cut / overlap] if np.isfinite(cut) else [])
    points = sorted({-FAR, margin, *(c + k * width for c in bends for k in (-6, -2, 0, 2, 6)), -3.0, 3.0})
    points = [p for p in points if -FAR <= p <= margin]
    low, high = np.array(points[:-1])[:, None], np.array(points[1:])[:, None]
    t = (low + high) / 2 + (high - low) / 2 * _NODES
    weight = (high - low) / 2 * _WEIGHTS * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)
    return t.ravel(), weight.ravel()
