"""Learning-rate schedules and the columns that annealing laws read: s1 and s2 of a history, and its drops (training-time laws).

A history is one learning rate a step, lr[0] for the first step. Warm-up is declared: its steps count in the area only.
"""

from __future__ import annotations

import numpy as np
import polars as pl

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
    momentum = np.empty_like(drop)
    last = 0.0
    for i, fall in enumerate(drop):
        last = decay * last + fall
        momentum[i] = last
    return np.cumsum(lr), np.cumsum(momentum)


def annealing_columns(lr: Array, steps: Array, decay: float = 0.999, warmup: int = 0) -> pl.DataFrame:
    """Columns step, s1, s2 at the given steps (counted from 1, after the step)."""
    s1, s2 = annealing_area(lr, decay, warmup)
    at = np.asarray(steps, dtype=int) - 1
    return pl.DataFrame({"step": at + 1, "s1": s1[at], "s2": s2[at]})


def drop_groups(lr: Array, step: int, warmup: int = 0, recent: int = 32, growth: float = 1.08) -> dict[str, Array]:
    """The drops of the rate before `step`, as members of multi_power_law: lr_drop, lr_after, lr_since.

    Each of the last `recent` steps stands alone; further back steps are joined in groups that grow by `growth`, for a drop's
    part in the loss changes ever more slowly with its age. lr_after and lr_since are means weighted by the drops.
    """
    rates = np.asarray(lr[:step], dtype=float)
    index = np.arange(warmup + 1, step)
    drops = rates[index - 1] - rates[index]
    area = np.concatenate([[0.0], np.cumsum(rates)])
    since = area[step] - area[index]
    age = step - index
    group = np.where(age <= recent, age, recent + np.ceil(np.log(np.maximum(age / recent, 1.0)) / np.log(growth)).astype(int))
    moved = drops != 0
    if not moved.any():
        return {"lr_drop": np.zeros(1), "lr_after": rates[-1:], "lr_since": np.zeros(1)}
    drops, since, after, group = drops[moved], since[moved], rates[index][moved], group[moved]
    _, place = np.unique(group, return_inverse=True)
    total = np.bincount(place, drops)
    size = np.bincount(place, np.abs(drops))
    return {
        "lr_drop": total,
        "lr_after": np.bincount(place, np.abs(drops) * after) / size,
        "lr_since": np.bincount(place, np.abs(drops) * since) / size,
    }


def drop_members(lr: Array, steps: Array, warmup: int = 0, recent: int = 32, growth: float = 1.08) -> pl.DataFrame:
    """Columns step, s1 and `members` (one a group of drops) for multi_power_law at the given steps."""
    area = np.cumsum(lr)
    rows = []
    for step in np.asarray(steps, dtype=int):
        groups = drop_groups(lr, int(step), warmup, recent, growth)
        members = [
            {"pool": f"drop {k:03d}", "share": 1.0, "unique": None, **{name: float(v[k]) for name, v in groups.items()}}
            for k in range(len(groups["lr_drop"]))
        ]
        rows.append({"step": int(step), "s1": float(area[step - 1]), "members": members})
    return pl.DataFrame(rows)
