"""Every run is logged in three formats at once: here the two of trackers; the native tables are made by `export`."""

from __future__ import annotations

import csv
from pathlib import Path


def write_trackers(run_id: str, points: list[dict], folder: Path) -> None:
    """TensorBoard event files (where the package is installed) and a history as W&B exports it."""
    write_wandb(points, folder / "wandb" / f"{run_id}.csv")
    write_tensorboard(points, folder / "tensorboard" / run_id)


def tag(point: dict) -> str:
    """The name that a value is logged under: split/task/metric, without what is empty."""
    return "/".join(filter(None, (point["split"], point["task"], point["metric"])))


def write_wandb(points: list[dict], path: Path) -> None:
    """One row a logged step, as pandas writes the history of a W&B run; the run's name is the file's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows: dict[int, dict] = {}
    for point in points:
        row = rows.setdefault(point["step"], {"_step": point["step"]})
        row |= {"tokens_seen": point["data_seen"], "lr": point["lr"], "flops": point["flops"], tag(point): point["value"]}
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
            writer.add_scalar(tag(point), point["value"], point["step"])
            writer.add_scalar("lr", point["lr"], point["step"])
