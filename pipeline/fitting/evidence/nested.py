"""Parts of a law that the runs do not feel: the fit is that of the nested law without them, and its certificate says so.

A floor that went to zero, a domain that is worth nothing and a repetition constant where nothing was repeated are no reasons
against a law. Plan cells that do not feel the part stand; those that need it have no interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.fitting.evidence.blocks import REPEATED, epochs_of
from pipeline.fitting.evidence.certificate import Certificate
from pipeline.fitting.evidence.identifiability import past_one_epoch
from pipeline.fitting.evidence.plan_cells import plan_cells
from pipeline.fitting.setup import Setup
from pipeline.laws.engine.rows import Rows

Array = np.ndarray
NOTHING = 1e-6
"""A change of every prediction by less than this part of it is none."""
AWAY = (1e-6, 1e-3, 1e3)
"""Multiples of a parameter at which its effect is looked for, beside the ends of its start range: the first is as without it."""
GONE = 1e-300
"""What is as good as zero for a positive parameter: one that has vanished is the same there, an endless one is not."""


@dataclass(frozen=True)
class Unfelt:
    """Free parameters by flat name, with the value at which each is held.

    vanished: worth nothing to observations and plan cells alike. endless: so large that no larger value differs, to either.
    silent: no value of them changes an observation, and what needs them is unknown.
    """

    vanished: Mapping[str, float]
    endless: Mapping[str, float]
    silent: Mapping[str, float]

    @property
    def held(self) -> dict[str, float]:
        """All of them as constants of the nested law."""
        return {**self.vanished, **self.endless, **self.silent}


def unfelt(setup: Setup, w: Array, known: Mapping[str, object]) -> Unfelt:
    """What the observations do not feel at the optimum w (P,); parameters with a prior, `known`, are never left out."""
    problem, names = setup.problem, setup.names
    theta = problem.natural(w[None])[0]
    cells = plan_cells(problem.rows)
    vanished: dict[str, float] = {}
    endless: dict[str, float] = {}
    silent: dict[str, float] = {}
    start = {p.name: p.start for p in setup.law.parameters if p.domain == "positive"}
    for at in problem.free:
        name = setup.index[at][0]
        if name not in start or name in known or names[at] in known or not theta[at] > 0:
            continue
        values = [*(theta[at] * np.array(AWAY)), *start[name], GONE]
        moved = np.tile(theta, (len(values) + 1, 1))
        moved[1:, at] = values
        on_rows = _change(setup, moved, problem.rows)
        if on_rows[:-1].max() < NOTHING:
            silent[names[at]] = float(theta[at])
        elif on_rows[0] < NOTHING and _change(setup, moved[:2], cells)[0] < NOTHING:
            (vanished if on_rows[-1] < NOTHING else endless)[names[at]] = float(theta[at])
    return Unfelt(vanished, endless, silent)


def _change(setup: Setup, moved: Array, rows: Rows) -> Array:
    """(m,) the largest relative change of a prediction from that of the first row of `moved`; infinite where one is lost."""
    value = setup.problem.law.value(moved, rows)
    scale = max(float(np.nanmean(np.abs(value[0]))), 1e-300) if np.isfinite(value[0]).any() else 1.0
    change = np.abs(value[1:] - value[:1]) / scale
    return np.asarray(np.where(np.isfinite(change), change, np.inf).max(axis=1, initial=0.0))


def note(certificate: Certificate, setup: Setup, gone: Unfelt) -> None:
    """Names the nested law in the certificate of its fit."""
    certificate.nested = list(gone.held)
    law = setup.law.name
    for name in gone.vanished:
        certificate.lower("weak", f"nested: {law} without {name}, which is worth nothing on these runs")
    for name in gone.endless:
        certificate.lower("weak", f"nested: {law} where {name} is endless: on these runs any larger value does as well")
    if names := list(gone.silent):
        it = "it" if len(names) == 1 else "them"
        why = f"nested: {law} without {', '.join(names)}, which no run feels: what needs {it} has no interval"
        certificate.lower("weak", why, _felt_by(setup, names))


def _felt_by(setup: Setup, names: list[str]) -> str:
    """Which runs would make parameters felt; of a law that reads repeats, repeats where there are none yet."""
    if not (epochs_of(setup.observed.frame) >= REPEATED).any():
        return past_one_epoch(setup.law, names)
    return f"add runs in which {', '.join(names)} matter{'s' * (len(names) == 1)}, or leave {setup.law.name} out of the study"
