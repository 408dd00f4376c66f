"""Single bad runs planted in sound sweeps: how often each kind is named, and how often a sound sweep names a run.

python -m tests.campaigns.planted_runs     prints the table of docs/refusals.md (minutes)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.fitting.evidence.suspects import Suspect, suspects
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame

SEEDS, DRAWS, NOISE, TAILS = 10, 60, 0.005, 4.0
SIZED = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37}
POOLS = {"best": 1e8, "good": 2e8, "rest": 8e8}
UTILITY = {
    "d": 0.1,
    "D1": 6.67e7,
    "b": 0.15,
    "q": dict(zip(POOLS, (1.0, 0.6, 0.25), strict=True)),
    "R": dict.fromkeys(POOLS, 6.0),
}
Fault = Callable[[pl.DataFrame, int], pl.DataFrame]


@dataclass(frozen=True)
class Sweep:
    """A study's law, its true constants, and how its runs are laid out."""

    law: str
    values: dict[str, object]
    layout: Callable[[np.random.Generator], pl.DataFrame]

    def sound(self, seed: int) -> pl.DataFrame:
        """A sweep of this study with Student noise."""
        rng = np.random.default_rng([seed, len(self.law)])
        frame = self.layout(rng).with_columns(run_key=pl.int_range(pl.len()).cast(pl.String))
        noise = NOISE * rng.standard_t(TAILS, frame.height) / np.sqrt(TAILS / (TAILS - 2))
        return frame.with_columns(value=self.mean(frame) * np.exp(noise))

    def mean(self, frame: pl.DataFrame) -> np.ndarray:
        """The true values of a frame's runs."""
        law = laws[self.law]
        pools = tuple(POOLS) if law.pooled else ()
        index = compiled(law).index(pools)
        theta = np.array([[self.values[n] if p is None else self.values[n][p] for n, p in index]], dtype=float)  # type: ignore[index]
        return np.asarray(compiled(law).value(theta, rows_from_frame(law, frame, pools))[0])


def _sizes(rng: np.random.Generator) -> pl.DataFrame:
    params = 10 ** rng.uniform(7.5, 9.5, 40)
    return pl.DataFrame({"params": params, "data_seen": params * 10 ** rng.uniform(0.5, 2.2, 40)})


def _repeats(rng: np.random.Generator) -> pl.DataFrame:
    sizes = pl.concat([_sizes(rng), _sizes(rng).head(20)])
    epochs = np.where(np.arange(60) % 3 == 0, 1.0, 2 ** rng.uniform(0, 5, 60))
    return sizes.with_columns(data_unique=pl.col("data_seen") / epochs)


def _pooled(rng: np.random.Generator) -> pl.DataFrame:
    pools = [pool for pool in POOLS for _ in range(10)]
    members = [[{"pool": pool, "share": 1.0, "unique": POOLS[pool], "size": POOLS[pool]}] for pool in pools]
    seen = [POOLS[pool] * 2 ** rng.uniform(-3, 4) for pool in pools]
    return pl.DataFrame({"data_seen": seen, "members": members})


SWEEPS = {
    "size and data": Sweep("chinchilla", SIZED, _sizes),
    "repeats": Sweep("data_constrained", SIZED | {"Rd": 15.0, "Rn": 5.0}, _repeats),
    "pools": Sweep("pooled_effective_data", UTILITY, _pooled),
}


def _times(column: str, factor: float) -> Fault:
    return lambda frame, at: _set(frame, at, **{column: frame[column][at] * factor})


def _set(frame: pl.DataFrame, at: int, **values: object) -> pl.DataFrame:
    here = pl.int_range(pl.len()) == at
    return frame.with_columns(pl.when(here).then(pl.lit(v)).otherwise(pl.col(n)).alias(n) for n, v in values.items())


def _swapped(frame: pl.DataFrame, at: int) -> pl.DataFrame:
    return _set(frame, at, params=frame["data_seen"][at], data_seen=frame["params"][at])


def _copied(frame: pl.DataFrame, at: int) -> pl.DataFrame:
    return pl.concat([frame, frame[at].with_columns(run_key=pl.lit("copy"))])


def _other_pool(frame: pl.DataFrame, at: int) -> pl.DataFrame:
    held = frame["members"][at][0]["pool"]
    other = [pool for pool in POOLS if pool != held][at % 2]
    said = [[{"pool": other, "share": 1.0, "unique": POOLS[other], "size": POOLS[other]}]]
    here = pl.Series([i == at for i in range(frame.height)])
    wrong = pl.Series("members", said * frame.height, dtype=frame.schema["members"])
    return frame.with_columns(members=wrong.zip_with(here, frame["members"]))


def _earlier(part: float) -> Callable[[Sweep], Fault]:
    """The value of a run at a part of its data, as if it were that of its end."""

    def fault(sweep: Sweep) -> Fault:
        def planted(frame: pl.DataFrame, at: int) -> pl.DataFrame:
            run = frame[at].with_columns(pl.col(n) * part for n in ("data_seen",))
            ratio = float(sweep.mean(run)[0] / sweep.mean(frame[at])[0])
            return _set(frame, at, value=frame["value"][at] * ratio)

        return planted

    return fault


def _unlogged_repeats(sweep: Sweep) -> Fault:
    def planted(frame: pl.DataFrame, at: int) -> pl.DataFrame:
        run = frame[at].with_columns(data_unique=pl.col("data_seen") / 16)
        fresh = frame[at].with_columns(data_unique=pl.col("data_seen"))
        value = frame["value"][at] * float(sweep.mean(run)[0] / sweep.mean(frame[at])[0])
        return _set(frame, at, value=value, data_unique=fresh["data_unique"][0])

    return planted


FAULTS: dict[str, Callable[[Sweep], Fault]] = {
    "bits": lambda _: _times("value", 1 / np.log(2)),
    "data in thousands": lambda _: _times("data_seen", 1e-3),
    "wrong pool": lambda _: _other_pool,
    "wrong size (a digit lost)": lambda _: _times("params", 0.1),
    "diverged": lambda _: _times("value", 2.5),
    "swapped columns": lambda _: _swapped,
    "copied under another id": lambda _: _copied,
    "other tokenizer (+10 %)": lambda _: _times("value", 1.10),
    "other split (-5 %)": lambda _: _times("value", 0.95),
    "cut off at 25 %": _earlier(0.25),
    "wrong epochs": _unlogged_repeats,
    "shuffled steps (value of 10 %)": _earlier(0.10),
}
NEEDS = {
    "wrong pool": {"members"},
    "wrong size (a digit lost)": {"params"},
    "swapped columns": {"params"},
    "wrong epochs": {"data_unique"},
}


GROUPED: dict[str, tuple[str, float]] = {"data in thousands": ("data_seen", 1e-3), "bits": ("value", 1 / np.log(2))}
"""Slips that a fifth of a sweep's runs share: column and factor."""


def shared(name: str, fault: str, seed: int) -> bool:
    """Whether all runs of a fifth of a sweep that share a slip are named, and no other."""
    frame, (column, factor) = SWEEPS[name].sound(seed), GROUPED[fault]
    bad = np.random.default_rng(seed).choice(frame.height, frame.height // 5, replace=False)
    here = pl.int_range(pl.len()).is_in(bad)
    planted = frame.with_columns(pl.when(here).then(pl.col(column) * factor).otherwise(pl.col(column)).alias(column))
    return {suspect.run_key for suspect in named(_fit(name, planted), planted)} == {str(run) for run in bad}


@dataclass(frozen=True)
class Outcome:
    """What became of one planted run: whether it was named (first), with a cause, and how far it moved the plan, in widths."""

    sweep: str
    fault: str
    named: bool
    cause: str
    moved: float
    others: int


@cache
def _clean(name: str, seed: int) -> tuple[pl.DataFrame, Fit]:
    frame = SWEEPS[name].sound(seed)
    return frame, _fit(name, frame)


def _fit(name: str, frame: pl.DataFrame) -> Fit:
    law = laws[SWEEPS[name].law]
    return fit(law, frame, draws=DRAWS, pools=tuple(POOLS) if law.pooled else None)


def named(found: Fit, frame: pl.DataFrame) -> list[Suspect]:
    """The runs that are named as impossible."""
    return [suspect for suspect in suspects(found, frame) if suspect.impossible]


def false_alarms(name: str, seeds: int = SEEDS) -> list[int]:
    """Runs named in each sound sweep."""
    return [len(named(found, frame)) for frame, found in (_clean(name, seed) for seed in range(seeds))]


def outcomes(name: str, seeds: int = SEEDS) -> Iterator[Outcome]:
    """Each fault that the sweep's columns allow, planted in one run of each of so many sweeps."""
    for fault, made in FAULTS.items():
        for seed in range(seeds):
            frame, clean = _clean(name, seed)
            if NEEDS.get(fault, set()) <= set(frame.columns):
                yield _planted(name, fault, made(SWEEPS[name])(frame, seed * 7 % frame.height), clean, seed * 7 % frame.height)


def _planted(name: str, fault: str, bad: pl.DataFrame, clean: Fit, at: int) -> Outcome:
    found = _fit(name, bad)
    guilty = {str(at), "copy"} if fault.startswith("copied") else {str(at)}
    who = named(found, bad)
    hit = next((s for s in who if s.run_key in guilty), None)
    return Outcome(
        name, fault, hit is not None, hit.cause if hit else "", _moved(name, clean, found), len(who) - (hit is not None)
    )


def _moved(name: str, clean: Fit, found: Fit) -> float:
    """How far the prediction ten times beyond the largest run moves, in widths of its interval without the bad run."""
    frame = SWEEPS[name].sound(0)
    grown = [n for n in ("params", "data_seen") if n in frame.columns]
    cell = frame.sort("data_seen").tail(1).with_columns(pl.col(n) * (10.0 if len(grown) == 1 else np.sqrt(10.0)) for n in grown)
    width = clean.predict(cell).select(pl.col("predicted_high") - pl.col("predicted_low")).item()
    if width is None or not width > 0:
        return float("nan")
    spread = float(width)
    return abs(float(found.value(cell)[0] - clean.value(cell)[0])) / spread


def table(found: list[Outcome], alarms: dict[str, list[int]], groups: dict[str, list[str]]) -> str:
    """The campaign as a Markdown table."""
    lines = [f"| planted run | {' | '.join(SWEEPS)} | where the plan moves by more than its interval |", "|---" * 5 + "|"]
    for fault in FAULTS:
        own = [o for o in found if o.fault == fault]
        cells = [_share([o for o in own if o.sweep == name]) for name in SWEEPS]
        lines.append(f"| {fault} | {' | '.join(cells)} | {_share([o for o in own if o.moved > 1])} |")
    every = [_share([o for o in found if o.sweep == name]) for name in SWEEPS]
    lines.append(f"| all | {' | '.join(every)} | {_share([o for o in found if o.moved > 1])} |")
    for fault, cells in groups.items():
        lines.append(f"| {fault}, a fifth of the runs: all of them and no other | {' | '.join(cells)} | |")
    wrong = [f"{sum(n > 0 for n in alarms[name])} of {len(alarms[name])}" for name in SWEEPS]
    lines.append(f"| sound sweeps that name a run | {' | '.join(wrong)} | |")
    return "\n".join(lines)


def _share(some: list[Outcome]) -> str:
    return f"{sum(o.named for o in some)} of {len(some)}" if some else "—"


if __name__ == "__main__":
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    every = []
    for name in SWEEPS:
        every += outcomes(name, seeds)
        print(f"{name}: done", file=sys.stderr, flush=True)
    groups = {f: [f"{sum(shared(name, f, seed) for seed in range(seeds))} of {seeds}" for name in SWEEPS] for f in GROUPED}
    print(table(every, {name: false_alarms(name, seeds) for name in SWEEPS}, groups))
    for missed in (o for o in every if o.moved > 1 and not o.named):
        print(f"<!-- missed: {missed.sweep}, {missed.fault}, moved {missed.moved:.1f} -->")
