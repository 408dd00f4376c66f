"""Expands `design.toml` into runs. Needs no torch: tests and readers of the logs use it too."""

from __future__ import annotations

import itertools
import os
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

FILE = Path(__file__).with_name("design.toml")
WORK = Path(os.environ.get("LAWBOOK_WIND_TUNNEL") or Path(__file__).with_name("work"))
"""Where corpus, checkpoints and finished runs lie; the variable names a folder outside the clone that outlives it."""
AXES = (
    *("size", "tokens", "flops", "epochs", "unique", "pool", "generic", "share"),
    *("lr", "batch", "decay", "schedule", "recipe", "keep", "change", "seed"),
)


@dataclass(frozen=True)
class Run:
    """One training run as declared; everything that its curve depends on."""

    run_id: str
    group: str
    dataset: str
    wave: int
    sealed: bool
    size: str
    width: int
    layers: int
    heads: int
    tokens: int
    unique: int
    pool: str
    lr: float
    batch: int
    schedule: str
    recipe: str
    keep: str
    change: str
    decay: float
    generic: str
    share: float
    seed: int
    points: int
    axes: dict = field(hash=False, compare=False)


def load(path: Path = FILE) -> dict:
    """The design as it is written."""
    return tomllib.loads(path.read_text())


def parameters(width: int, layers: int, vocabulary: int, context: int) -> tuple[int, int]:
    """Parameters in all, and without token and position embeddings: 12 L d² and the norms' scales."""
    inner = 12 * layers * width**2 + (2 * layers + 1) * width
    return inner + (vocabulary + context) * width, inner


def flops(run: Run) -> float:
    """6 · parameters · tokens, all parameters."""
    base = load()["defaults"]
    return 6.0 * parameters(run.width, run.layers, base["vocabulary"], base["context"])[0] * run.tokens


def pool_unique(design: dict, pool: str) -> int:
    """Unique tokens of a pool: atomic pools are equal, a union has its members' fractions."""
    size = design["pools"]["tokens"]
    members = design["pools"]["unions"].get(pool)
    windows = size // 64
    return size if members is None else 64 * sum(round(part * windows) for part in members.values())


def kept(keep: str) -> tuple[str, float]:
    """`easy50` → easy, 0.5: which windows of the mixed pool a pruned run keeps, and what share of them."""
    kind = keep.rstrip("0123456789")
    return kind, int(keep[len(kind) :]) / 100


def label(axes: dict, tokens: int, unique: int | None) -> str:
    """What an id says after its group: the values of the axes that are not at their default."""
    parts = [axes["size"], f"t{tokens // 1024}k"]
    parts += [f"u{unique // 1024}k"] if unique else []
    parts += [axes[name] for name in ("pool", "generic", "schedule", "recipe", "keep", "change") if name in axes]
    parts += [f"h{axes['share']:g}"] if "share" in axes else []
    parts += [f"wd{axes['decay']:g}"] if "decay" in axes else []
    parts += [f"lr{axes['lr']:g}"] if "lr" in axes else []
    parts += [f"b{axes['batch']}"] if "batch" in axes else []
    return "-".join([*parts, f"s{axes['seed']}"])


def amount(axes: dict, params: int, batch: int) -> int:
    """Tokens of a run, whole batches: as declared, as epochs of the unique ones (which are `share` of them), or as FLOP buy."""
    if "tokens" in axes:
        return axes["tokens"]
    if "epochs" in axes:
        return round(axes["epochs"] * axes["unique"] / axes.get("share", 1.0) / batch) * batch
    return round(axes["flops"] / (6 * params) / batch) * batch


def make(design: dict, group: dict, axes: dict) -> Run | None:
    """One run of a group, or None where the group's range of tokens leaves it out."""
    base, size = design["defaults"], design["sizes"][axes["size"]]
    batch = axes.get("batch", base["batch"])
    total, _ = parameters(size["width"], size["layers"], base["vocabulary"], base["context"])
    tokens = amount(axes, total, batch)
    low, high = group.get("tokens_range", (0, 10**12))
    if not low <= tokens <= high:
        return None
    shown = dict(axes)
    unique = axes.get("unique")
    lr = size["lr"] * design["recipes"][axes.get("recipe", "baseline")]["lr_factor"]
    return Run(
        run_id=f"{group['group']}-{label(shown, tokens, unique)}",
        group=group["group"],
        dataset=group["dataset"],
        wave=group["wave"],
        sealed=group.get("sealed", False),
        size=axes["size"],
        tokens=tokens,
        unique=unique or (pool_unique(design, axes["pool"]) if "pool" in axes else tokens),
        pool=axes.get("pool", ""),
        lr=axes.get("lr", lr),
        batch=batch,
        schedule=axes.get("schedule", base["schedule"]),
        recipe=axes.get("recipe", "baseline"),
        keep=axes.get("keep", ""),
        change=axes.get("change", ""),
        decay=axes.get("decay", base["decay"]),
        generic=axes.get("generic", ""),
        share=axes.get("share", 1.0),
        seed=axes["seed"],
        points=group.get("points", base["points"]),
        axes=shown,
        **{name: size[name] for name in ("width", "layers", "heads")},
    )


def expand(design: dict) -> list[Run]:
    """Every run of the design, by wave, in the order of its groups."""
    runs: dict[str, Run] = {}
    for group in sorted(design["groups"], key=lambda group: group["wave"]):
        names = [name for name in group if name in AXES]
        for values in itertools.product(*(group[name] for name in names)):
            run = make(design, group, dict(zip(names, values, strict=True)))
            if run is not None:
                runs.setdefault(run.run_id, run)
    return list(runs.values())


def declared(run_id: str) -> Run:
    """The run of the design with this id."""
    found = {run.run_id: run for run in expand(load())}
    if run_id not in found:
        near = get_close_matches(run_id, found, 3)
        raise ValueError(f"no run of data/wind_tunnel/design.toml is called {run_id!r}; near: {', '.join(near) or 'none'}")
    return found[run_id]
