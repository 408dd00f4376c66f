"""The public sweeps, read by the shipped maps into one store, and the rivals that compete on each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.observations import observations, pool_order

FOLDERS = (
    "epoch_chinchilla",
    "misfitting",
    "gemstone",
    "datablations",
    "resolving_discrepancies",
    "clip_pools_buckets",
    "openclip_repetition",
)
TUNNEL = Path(__file__).resolve().parents[2] / "data" / "runs"
RIVALS = {
    "size and data": ("chinchilla", "gadre", "kaplan_size_data", "skaling", "skaling_from_steps"),
    "repetition": ("data_constrained", "data_constrained_logarithmic", "chinchilla"),
    "pools": (
        "annealed_effective_data",
        "pooled_effective_data",
        "pooled_logarithmic_data",
        "repeated_utility",
        "effective_data",
    ),
    "one model": ("logarithmic_repetition", "exponential_repetition", "priced_repetition", "power_law"),
    "one column": (
        "power_law",
        "time_series_data",
        "broken_power_law",
        "limited_power",
        "hill",
        "shifted_power",
        "bent_power",
    ),
}
"""The laws of each question; a law that the book does not have does not compete."""


@dataclass(frozen=True)
class Sweep:
    """One set of runs: which, by which metric, and which laws compete. `split_by` names the ways in which it is divided."""

    name: str
    runs: str
    rivals: str
    split_by: tuple[str, ...]
    options: dict[str, object] = field(default_factory=dict)

    def laws(self) -> tuple[str, ...]:
        """The rivals that the book has."""
        return tuple(name for name in RIVALS[self.rivals] if name in laws)

    def study(self) -> Study:
        """The sweep as a study, so that it is read as a user's runs are."""
        given: dict[str, object] = {"metric": "loss", "draws": 400, **self.options}
        return Study.model_validate({"study": self.name, "runs": self.runs, "laws": list(self.laws()), **given})


CUTS = ("below Cmax/10", "below Cmax/3")
C4 = {"split": "validation", "task": "c4"}
IMAGENET = {"metric": "error", "split": "test", "task": "imagenet"}
POOR = "namespace = 'resolving_discrepancies' AND tags['decay'] = 'chinchilla' AND tags['param_count'] = 'standard'"
SWEEPS = (
    Sweep("epoch_chinchilla", "recipe = 'chinchilla'", "size and data", CUTS, {"exclude": {"largest": 5}}),
    Sweep("massivetext_epochai", "recipe LIKE 'epochai%' AND tags['outlier'] = 'False'", "size and data", CUTS),
    Sweep("massivetext_ml_scalefit", "recipe LIKE 'ml_scalefit%' AND tags['outlier'] = 'False'", "size and data", CUTS),
    Sweep("misfitting", "dataset = 'fineweb_c4' AND tags['outlier'] = 'False'", "size and data", CUTS),
    Sweep(
        "gemstone",
        "recipe LIKE '%cool_end%'",
        "size and data",
        CUTS,
        {"params": "without embeddings", "points": "all"},
    ),
    Sweep("datablations_fresh", "namespace = 'datablations' AND recipe = 'plain' AND epochs <= 1", "size and data", CUTS, C4),
    Sweep("porian_refinedweb", f"{POOR} AND dataset = 'rw'", "size and data", CUTS),
    Sweep("porian_openwebtext2", f"{POOR} AND dataset = 'owt2'", "size and data", CUTS),
    Sweep(
        "wind_tunnel",
        "dataset = 'wind-tunnel-grid' AND recipe = 'baseline'",
        "size and data",
        ("sealed runs", *CUTS),
        {"split": "validation", "task": "clean"},
    ),
    Sweep(
        "clip_pools_buckets",
        "namespace = 'clip_pools_buckets'",
        "pools",
        ("up to 4 epochs", "one mixture left out", "first half"),
        {**IMAGENET, "points": "all"},
    ),
    Sweep(
        "openclip_repetition",
        "namespace = 'openclip_repetition' AND pool IN ('laion-80M', 'laion-400M')",
        "one model",
        ("shorter runs",),
        {**IMAGENET, "group_by": ["architecture"]},
    ),
    Sweep(
        "datablations",
        "namespace = 'datablations' AND tags['in_paper_fit'] = '1' AND data_unique IS NOT NULL",
        "repetition",
        ("up to 4 epochs", *CUTS),
        C4,
    ),
)


@dataclass(frozen=True)
class Runs:
    """The observations of one sweep, and the pools that its laws are indexed by."""

    sweep: Sweep
    frame: pl.DataFrame
    pools: tuple[str, ...]


@contextmanager
def store(data: Path, root: Path, folders: Sequence[str] = FOLDERS) -> Iterator[Warehouse]:
    """A store with the public sweeps, read in place through the committed maps, and the project's own runs."""
    root.mkdir(parents=True, exist_ok=True)
    watched = "\n".join(f'{name} = "{data / name}"' for name in folders)
    (root / "config.toml").write_text(f'shipped = false\n[watch]\n{watched}\ntunnel = "{TUNNEL}"\n')
    home = Home.open(root)
    with Warehouse(home) as warehouse:
        ingest(home, warehouse=warehouse)
        yield warehouse


def read(warehouse: Warehouse, sweep: Sweep) -> Runs:
    """The fitted observations of a sweep."""
    frame = observations(warehouse.connection, sweep.study()).filter("used")
    pools = pool_order(warehouse.connection, frame) if any(laws[name].pooled for name in sweep.laws()) else ()
    return Runs(sweep, frame, pools)
