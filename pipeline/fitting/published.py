"""A fit that nobody made here: a law at constants that were published, with the intervals that were printed with them.

For those who have no sweep yet. Its grade is "published": no run stands behind it, so that neither residuals nor a law error is
known.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
import polars as pl

from pipeline.errors import FitError, meant
from pipeline.fitting.evidence.certificate import Certificate
from pipeline.fitting.frames import budget
from pipeline.fitting.result import Fit, Misfit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.laws.law import Law, Published

NORMAL = NormalDist()
Array = np.ndarray


def constants_named(text: str) -> tuple[Law, Published]:
    """The law and the setting that LAW/SETTING names: words of the setting or its reference, ignoring case, that only one has.

    Without a setting the first that is verified. Raises FitError, which lists what there is.
    """
    name, _, words = text.partition("/")
    if name not in laws:
        raise FitError(f"{text!r}: there is no law {name!r}{meant(name, laws)}", fix="`lawbook laws` lists them")
    law = laws[name]
    whole = [one for one in law.published if _whole(law, one)]
    if not whole:
        raise FitError(
            f"{text!r}: no constants of {name} were published for all of its parameters", fix="fit it to runs of your own"
        )
    found = _called(whole, words.lower()) if words else [one for one in whole if one.verified][:1] or whole[:1]
    if len(found) != 1:
        listed = "; ".join(one.setting for one in whole)
        raise FitError(f"{text!r}: {len(found)} settings of {name} are called so", fix=f"name one of: {listed}")
    return law, found[0]


def _called(whole: list[Published], words: str) -> list[Published]:
    """Those whose setting is or begins so, else those that have all the words in setting or reference."""
    same = [one for one in whole if one.setting.lower() == words]
    begin = [one for one in whole if one.setting.lower().startswith(words)]
    return same or begin or [one for one in whole if all(w in f"{one.setting} {one.reference}".lower() for w in words.split())]


def _whole(law: Law, one: Published) -> bool:
    plain = all(not isinstance(value, Mapping) for value in one.values.values())
    return plain and {parameter.name for parameter in law.parameters} <= set(one.values) and not law.pooled


def published_fit(law: Law, one: Published, draws: int = 1000, seed: int = 0) -> Fit:
    """The law at the constants. Draws spread each by its own printed interval; how they go together was not printed.

    An interval is read as normal, in ln of a positive parameter. Without any there are no draws, and plans have no interval.
    """
    value = np.array([float(one.values[p.name]) for p in law.parameters])  # type: ignore[arg-type]  # plain ones: _whole
    low, high = (np.array([float(ends.get(p.name, np.nan)) for p in law.parameters]) for ends in (one.low, one.high))
    half = NORMAL.inv_cdf(0.5 + one.level / 2)
    drawn = _draws(law, value, low, high, half, draws, seed) if np.isfinite(low).any() else np.empty((0, len(value)))
    certificate = Certificate(
        grade="published", reasons=[f"constants as published: {one.setting}; {one.reference or law.source}"]
    )
    certificate.fix = "fit the law to runs of your own"
    rows = paper_rows(law, one)
    cost = budget(law, rows)
    nothing = np.full(len(value), np.nan)
    return Fit(
        law=law,
        index=[(p.name, None) for p in law.parameters],
        estimate=value,
        draws=drawn,
        std_error=(high - low) / (2 * half),
        low=low if np.isfinite(low).any() else nothing,
        high=high if np.isfinite(high).any() else nothing,
        at_bound=np.zeros(len(value), dtype=bool),
        objective=law.objective,
        objective_value=float("nan"),
        rmse=float("nan"),
        aic=float("nan"),
        bic=float("nan"),
        n_runs=0,
        n_points=0,
        certificate=certificate,
        fit_id=f"{law.name}/{one.setting}",
        misfit=Misfit(),
        residual_sd=float("nan"),
        residuals=np.empty(0),
        run_keys=(),
        largest={"budget": float("nan") if cost is None else float(np.max(cost))},
        fixed=dict(zip((p.name for p in law.parameters), map(float, value), strict=True)),
        seed=seed,
    )


def _draws(law: Law, value: Array, low: Array, high: Array, half: float, count: int, seed: int) -> Array:
    """(count, P): each parameter by itself; one without a printed interval stays at its value."""
    normal = np.random.default_rng([seed, 11]).standard_normal((count, len(value)))
    found = np.tile(value, (count, 1))
    for place, parameter in enumerate(law.parameters):
        if not np.isfinite(low[place] + high[place]):
            continue
        if parameter.domain == "positive":
            spread = np.log(high[place] / low[place]) / (2 * half)
            found[:, place] = value[place] * np.exp(spread * normal[:, place])
        else:
            found[:, place] = value[place] + (high[place] - low[place]) / (2 * half) * normal[:, place]
    return found


def paper_rows(law: Law, one: Published) -> pl.DataFrame:
    """The smallest and the largest run of the paper, as far as its range is known: what budgets are measured against.

    A column without a range stands at its worked example. They are nobody's runs: no fit uses them.
    """
    ends = {
        name: list(map(float, law.valid_range[name])) if name in law.valid_range else [float(law.example[name])] * 2  # type: ignore[arg-type]  # a run column
        for name in law.columns
        if name in law.valid_range or isinstance(law.example.get(name), int | float)
    }
    rows = pl.DataFrame({"run_key": ["paper, smallest", "paper, largest"], **ends})
    theta = np.array([[float(one.values[p.name]) for p in law.parameters]])  # type: ignore[arg-type]  # plain ones: _whole
    with np.errstate(all="ignore"):
        value = compiled(law).value(theta, rows_from_frame(law, rows))[0]
    return rows.with_columns(pl.Series("value", np.broadcast_to(value, rows.height)))
