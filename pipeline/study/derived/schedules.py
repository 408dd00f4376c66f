"""Learning-rate schedules and the columns that annealing laws read: s1 and s2 of a history, and its drops (training-time laws).

A history is one learning rate a step, lr[0] for the first step. Warm-up is declared: its steps count in the area only.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import scipy  # its parts load where they are used: signal and stats take longer than a small refit

Array = np.ndarray


def cosine(peak: float, final: float, warmup: int, total: int) -> Array:
    """Linear warm-up, then half a cosine from peak to final at step `total`."""
    u = np.clip((np.arange(1, total + 1) - warmup) / (total - warmup), 0, 1)
    return _warmed(final + 0.5 * (peak - final) * (1 + np.cos(np.pi * u)), peak, warmup)


def constant(peak: float, warmup: int, total: int) -> Array:
    """Linear warm-up, then the peak."""
    return _warmed(np.full(total, peak), peak, warmup)


def wsd(peak: float, final: float, warmup: int, stable: int, total: int, shape: str = "linear") -> Array:
    """Warm-up, stable until step `stable`, then a decay to final at `total`: "linear" or "exponential"."""
    u = np.clip((np.arange(1, total + 1) - stable) / (total - stable), 0, 1)
    decay = peak + (final - peak) * u if shape == "linear" else peak * (final / peak) ** u
    return _warmed(decay, peak, warmup)


def two_stage(peak: float, second: float, warmup: int, switch: int, total: int) -> Array:
    """Warm-up, the peak until step `switch`, then a second constant rate."""
    return _warmed(np.where(np.arange(1, total + 1) <= switch, peak, second), peak, warmup)


def _warmed(rates: Array, peak: float, warmup: int) -> Array:
    rates = np.array(rates, dtype=float)
    rates[:warmup] = peak * np.arange(1, warmup + 1) / max(warmup, 1)
    return rates


def annealing_area(lr: Array, decay: float = 0.999, warmup: int = 0) -> tuple[Array, Array]:
    """s1 and s2 after each step: s1 = sum of rates; m_i = decay m_(i-1) + (lr_(i-1) - lr_i), s2 = sum of m.

    Rates of the warm-up are replaced by the first rate after it in s2, so that rising is no annealing (Tissue et al. 2024).
    """
    held = np.array(lr, dtype=float)
    held[:warmup] = held[warmup] if warmup < len(held) else held[-1]
    drop = np.concatenate([[0.0], held[:-1] - held[1:]])
    momentum = scipy.signal.lfilter([1.0], [1.0, -decay], drop)
    return np.cumsum(lr), np.cumsum(momentum)


def annealing_columns(lr: Array, steps: Array, decay: float = 0.999, warmup: int = 0) -> pl.DataFrame:
    """Columns step, s1, s2 at the given steps (counted from 1, after the step)."""
    s1, s2 = annealing_area(lr, decay, warmup)
    at = np.asarray(steps, dtype=int) - 1
    return pl.DataFrame({"step": at + 1, "s1": s1[at], "s2": s2[at]})


def drop_groups(lr: Array, step: int, recent: int = 16, growth: float = 1.25) -> dict[str, Array]:
    """The falls of the rate up to `step`, as members of multi_power_law: lr_drop, lr_after, lr_since.

    The rise of the warm-up from zero counts, as negative falls: the published constants were fitted so. Each of the last `recent`
    steps stands alone; older steps are joined in groups whose age grows by `growth`, for a fall's part in the loss changes ever
    more slowly. lr_after and lr_since are means weighted by the falls.
    """
    rates = np.asarray(lr[:step], dtype=float)
    drops = -np.diff(rates, prepend=0.0)
    since = np.cumsum(rates[::-1])[::-1]
    age = np.arange(step, 0, -1)
    old = recent + np.ceil(np.log(np.maximum(age / recent, 1.0)) / np.log(growth)).astype(int)
    group = np.where(age <= recent, age, old) * np.sign(drops).astype(int)
    moved = drops != 0
    _, place = np.unique(group[moved], return_inverse=True)
    size = np.bincount(place, np.abs(drops[moved]))
    mean = {name: np.bincount(place, (np.abs(drops) * v)[moved]) / size for name, v in (("lr_after", rates), ("lr_since", since))}
    return {"lr_drop": np.bincount(place, drops[moved])} | mean


def drop_members(lr: Array, steps: Array, recent: int = 16, growth: float = 1.25) -> pl.DataFrame:
    """Columns step, s1 and `members` (one a group of drops) for multi_power_law at the given steps."""
    area = np.cumsum(lr)
    rows = []
    for step in np.asarray(steps, dtype=int):
        groups = drop_groups(lr, int(step), recent, growth)
        members = [
            {"pool": f"drop {k:03d}", "share": 1.0, "unique": None, **{name: float(v[k]) for name, v in groups.items()}}
            for k in range(len(groups["lr_drop"]))
        ]
        rows.append({"step": int(step), "s1": float(area[step - 1]), "members": members})
    return pl.DataFrame(rows)
