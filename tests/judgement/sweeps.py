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
    "routing",
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
    """One set of runs: which, by which metric, and which laws compete. `split_by` names the ways in which it is divided.

    untouched: no weighting and no interval was ever chosen with these runs in sight.
    """

    name: str
    runs: str
    rivals: str
    split_by: tuple[str, ...]
    options: dict[str, object] = field(default_factory=dict)
    untouched: bool = False

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


def _analyses() -> Iterator[Sweep]:
    """The isoFLOP sets of one paper whose learning rates fall as Kaplan's did, or are constant and tuned."""
    for warmup, decay, hparams in (("long", "kaplan", "base"), ("short", "kaplan", "base"), ("short", "const", "tuned")):
        for dataset in ("rw", "owt2"):
            which = f"recipe = '{dataset}/{hparams}/{warmup}/{decay}/standard/val'"
            yield Sweep(f"porian_{dataset}_{warmup}_{decay}", which, "size and data", CUTS, untouched=True)


def _routed() -> Iterator[Sweep]:
    """Curves of dense and of routed models, each with the experts and ways of routing of one family."""
    for router, experts in (("Dense", 1), ("S-Base", 64), ("Hash", 64), ("RL-R", 64)):
        which = f"namespace = 'routing' AND architecture = '{router}' AND tags['experts'] = '{experts}' AND tags['k'] = '1'"
        curves = {"points": "all", "split": "validation", "task": "c4"}
        yield Sweep(f"routing_{router.lower()}_{experts}", which, "size and data", CUTS, curves, untouched=True)


UNTOUCHED = (
    *_analyses(),
    *_routed(),
    Sweep(
        "gemstone_constant_rate",
        "recipe LIKE '%fitting_hot'",
        "size and data",
        CUTS,
        {"params": "without embeddings", "points": "all"},
        untouched=True,
    ),
)
"""Sweeps that were read when weights and intervals were as they are: what was chosen is tried on them."""


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
