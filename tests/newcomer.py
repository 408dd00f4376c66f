"""A newcomer's first minutes: an empty folder, a runs table exported from W&B, the commands from there to a priced plan."""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
import sys
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXPORT = "wandb_export.csv"
COMMANDS = (
    f"mkdir -p .lawbook/inbox/lab && cp {EXPORT} .lawbook/inbox/lab/",
    "lawbook new",
    "lawbook new web-compute-optimal",
    "lawbook refit",
    "lawbook plan",
)
"""What is typed; each line is one command of the shell."""
SIZES = (1.2e8, 3.0e8, 7.5e8, 1.6e9, 3.2e9)
COLUMNS = (
    *("Name", "State", "Created", "Runtime"),
    *("dataset", "n_params", "train_tokens", "tokens_per_second", "gpu_name", "num_gpus"),
    *("train/loss", "val/loss"),
)
RATIOS = (5, 10, 20, 40, 80, 160)
"""Tokens a parameter."""


def write_export(path: Path) -> None:
    """Thirty finished runs of a sweep over size and data, under the names that a training script logs."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for place, (params, ratio) in enumerate(product(SIZES, RATIOS)):
            tokens = ratio * params
            loss = (1.7 + 410 / params**0.34 + 410 / tokens**0.28) * (1 + 0.003 * ((place * 7919) % 13 - 6) / 6)
            rate = (0.38 + 0.002 * (place % 5)) * 64 * 989e12 / (6 * params)
            tracked = [f"sweep-{place:02d}", "finished", "2026-05-25T14:08:33.000Z", f"{tokens / rate:.0f}"]
            logged = ["web", f"{params:.0f}", f"{tokens:.0f}", f"{rate:.0f}", "NVIDIA H100 80GB HBM3", 64]
            writer.writerow([*tracked, *logged, f"{0.98 * loss:.4f}", f"{loss:.4f}"])


def run(folder: Path, command: str) -> str:
    """What a command prints in the folder; `lawbook` is that of this checkout. Raises CalledProcessError where it fails."""
    real = re.sub("^lawbook ", f"{shlex.quote(sys.executable)} -m pipeline.cli ", command)
    here = {key: value for key, value in os.environ.items() if key != "LAWBOOK_HOME"} | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", real], cwd=folder, env=here, capture_output=True, text=True, check=True)
    return done.stdout.replace(str(folder.resolve()) + "/", "").replace(str(folder) + "/", "")
