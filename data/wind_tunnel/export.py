"""Writes the finished runs as the native tables that ship in `data/runs/`: one set of Parquet files a group.

`python -m data.wind_tunnel.export` may be run while runs are being made: a group's files then hold what is finished.
"""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path

import polars as pl

from .corpus import WINDOW
from .design import WORK, Run, expand, kept, load
from .score_bins import bin_tables, pool_of
from .streams import pool_of as stream_of
from .streams import stream_tables

SHIPPED = Path(__file__).parents[1] / "runs"
UNITS = {"data_unit": "token", "tokenizer": "char64", "accelerator": "cpu", "accelerator_count": 1, "status": "finished"}


def run_row(run: Run, summary: dict, design: dict) -> dict:
    """A run's row: canonical columns, and the axes of the design that have none."""
    return {
        "run_id": run.run_id,
        "name": run.run_id,
        "recipe": recipe_of(run, design),
        "dataset": run.dataset,
        "pool": run.pool or (pool_of(run.keep) if run.keep else stream_of(run) if run.generic else None),
        "architecture": "decoder-transformer",
        "params": summary["params"],
        "params_nonembedding": summary["params_nonembedding"],
        "layers": run.layers * (2 if run.change == "stack" else 1),
        "width": run.width,
        "data_seen": float(run.tokens),
        "data_unique": float(summary["unique"]),
        "epochs": run.tokens / summary["unique"],
        "flops": summary["flops"],
        "peak_lr": run.lr,
        "final_lr": summary["final_lr"],
        "lr_schedule": run.schedule,
        "warmup": float(summary["warmup"] * run.batch),
        "batch_size": run.batch / WINDOW,  # sequences
        "sequence_length": WINDOW,
        "optimizer": "lion" if run.recipe.endswith("lion") else "adamw",
        "seed": run.seed,
        "accelerator_hours": summary["seconds"] / 3600,
        "data_per_second": run.tokens / summary["seconds"],
        "started_at": datetime.fromisoformat(summary["started_at"]),
        "finished_at": datetime.fromisoformat(summary["finished_at"]),
        "group": run.group,
        "size": run.size,
        "wave": run.wave,
        "keep_kind": kept(run.keep)[0] if run.keep else None,
        "keep_fraction": kept(run.keep)[1] if run.keep else None,
        "data_total": float(design["pruning"]["tokens"]) if run.keep else None,
        "change": run.change or None,
        "weight_decay": run.decay,
        "clean_share": run.share if run.generic else None,
        "clean_unique": float(run.unique) if run.generic else None,
        "torch": summary["torch"],
        **UNITS,
    }


def recipe_of(run: Run, design: dict) -> str:
    """The recipe, with its weight decay where that is not the default: constants of repetition belong to a recipe."""
    return run.recipe if run.decay == design["defaults"]["decay"] else f"{run.recipe}-wd{run.decay:g}"


def pool_tables(runs: list[Run], design: dict) -> tuple[list[dict], list[dict]]:
    """The pools that these runs used and, for unions, their members with shares of the union."""
    if any(run.keep for run in runs):
        return bin_tables([run.keep for run in runs], runs[0].dataset, float(design["pruning"]["tokens"]))
    if any(run.generic for run in runs):
        return stream_tables(runs, design)
    pools, ranks = design["pools"], [level["pool"] for level in design["pools"]["levels"]]
    used = sorted({run.pool for run in runs if run.pool} | set(ranks))
    rows, members = [], []
    for pool in used:
        parts = {
            name: WINDOW * round(fraction * (pools["tokens"] // WINDOW))
            for name, fraction in pools["unions"].get(pool, {}).items()
        }
        total = sum(parts.values())
        rank = ranks.index(pool) + 1 if pool in ranks else None
        rows.append(
            {"pool": pool, "dataset": pools["dataset"], "data_unique": float(total or pools["tokens"]), "quality_rank": rank}
        )
        members += [
            {"pool": pool, "member": name, "share": part / total, "data_unique": float(part)} for name, part in parts.items()
        ]
    return rows, members


def write(rows: list[dict], path: Path) -> None:
    """Parquet, zstd; the same rows make the same file."""
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(path, compression="zstd", statistics=False)


def export_group(runs: list[Run], folder: Path, name: str, design: dict, source: Path) -> int:
    """The tables of one group; returns how many of its runs are finished."""
    paths = {run: source / f"{run.run_id}.json" for run in runs}
    done = [(run, json.loads(path.read_text())) for run, path in paths.items() if path.exists()]
    if not done:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    write([run_row(run, logged["summary"], design) for run, logged in done], folder / f"{name}.runs.parquet")
    write(
        [{"run_id": run.run_id, **point} for run, logged in done for point in logged["points"]],
        folder / f"{name}.measurements.parquet",
    )
    used = [run for run, _ in done]
    if any(run.pool or run.keep or run.generic for run in used):
        pools, members = pool_tables(used, design)
        write(pools, folder / f"{name}.pools.parquet")
        write(members, folder / f"{name}.pool_members.parquet")
    return len(done)


def main() -> None:
    """Exports every group of the design that is meant to be shipped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=WORK / "runs")
    parser.add_argument("--to", type=Path, default=SHIPPED)
    options = parser.parse_args()
    design = load()
    runs = [run for run in expand(design) if run.wave > 0]
    for name in dict.fromkeys(run.group for run in runs):
        group = [run for run in runs if run.group == name]
        folder = options.to / "sealed" if group[0].sealed else options.to
        count = export_group(group, folder, name, design, options.source)
        print(f"{name}: {count} of {len(group)} runs")


if __name__ == "__main__":
    main()
