"""Every run is logged in three formats at once: here the two of trackers; the native tables are made by `export`."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

from .design import Run


def write_trackers(run: Run, summary: dict, points: list[dict], folder: Path) -> None:
    """TensorBoard event files (where the package is installed) and a history as W&B exports it."""
    write_wandb(run, summary, points, folder / "wandb" / f"{run.run_id}.csv")
    write_tensorboard(points, folder / "tensorboard" / run.run_id)


def write_wandb(run: Run, summary: dict, points: list[dict], path: Path) -> None:
    """One row a logged step, config columns repeated, as the export of a W&B run's history table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    config = {f"config.{name}": value for name, value in dataclasses.asdict(run).items() if name != "axes"}
    config |= {"config.params": summary["params"], "Name": run.run_id, "State": "finished"}
    rows: dict[int, dict] = {}
    for point in points:
        row = rows.setdefault(point["step"], {"_step": point["step"], **config})
        row |= {"tokens_seen": point["data_seen"], "lr": point["lr"], "flops": point["flops"]}
        row["/".join(filter(None, (point["split"], point["task"], point["metric"])))] = point["value"]
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows.values())


def write_tensorboard(points: list[dict], folder: Path) -> None:
    """Scalars by step, written anew for the whole run, so that an interrupted run leaves nothing behind."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return
    if folder.exists():
        for path in folder.iterdir():
            path.unlink()
    with SummaryWriter(str(folder)) as writer:
        for point in points:
            tag = "/".join(filter(None, (point["metric"], point["split"], point["task"])))
            writer.add_scalar(tag, point["value"], point["step"])
            writer.add_scalar("lr", point["lr"], point["step"])
