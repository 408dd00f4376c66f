"""A home with a few runs made from known constants: its fits take a fraction of a second and their answers are known."""

import csv
from pathlib import Path
from typing import Any

import pytest

from pipeline.home import Home
from pipeline.refit.refit import RefitReport, refit

LOSS = {"E": 1.8, "A": 400.0, "B": 2000.0, "alpha": 0.34, "beta": 0.37}
SIZES, TOKENS = (1e7, 3e7, 1e8, 3e8, 1e9), (1e8, 4e8, 1.6e9, 6.4e9, 2.5e10)
STUDY = """
study = "{name}"
question = "Which size for which budget?"
runs = "dataset = '{name}'"
metric = "loss"
split = "validation"
laws = ["chinchilla"]
draws = 50
[plan]
flops = [1e18, 1e20]
"""


def loss(params: float, data_seen: float) -> float:
    """The loss of a run of the small home."""
    return LOSS["E"] + LOSS["A"] / params ** LOSS["alpha"] + LOSS["B"] / data_seen ** LOSS["beta"]


def wobble(place: int) -> float:
    """A reproducible error of some thousandths."""
    return 1 + 0.004 * ((place * 7919) % 13 - 6) / 6


def run_rows(name: str) -> list[dict[str, Any]]:
    """One row a run of dataset `name`."""
    points = [(n, d) for n in SIZES for d in TOKENS]
    return [
        {
            "run_id": f"{name}-{i}",
            "status": "finished",
            "dataset": name,
            "data_unit": "token",
            "params": n,
            "data_seen": d,
            "metric:loss": round(loss(n, d) * wobble(i), 6),
        }
        for i, (n, d) in enumerate(points)
    ]


def write_runs(path: Path, rows: list[dict[str, object]]) -> None:
    """A `*.runs.csv` and beside it a map-free measurements file with the split."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [name for name in rows[0] if name != "metric:loss"]
    _write(path.with_name(f"{path.name}.runs.csv"), [{name: row[name] for name in names} for row in rows])
    values = [
        {"run_id": r["run_id"], "metric": "loss", "split": "validation", "data_seen": r["data_seen"], "value": r["metric:loss"]}
        for r in rows
        if r.get("metric:loss") is not None
    ]
    if values:
        _write(path.with_name(f"{path.name}.measurements.csv"), values)


def declare(home: Home, name: str, text: str = STUDY) -> None:
    """Writes a study of dataset `name`."""
    (home.studies / f"{name}.toml").write_text(text.format(name=name), encoding="utf-8")


def make_home(root: Path, *names: str) -> Home:
    """A home with one dataset and one study for each name."""
    home = own_home(root)
    for name in names:
        write_runs(home.inbox / "lab" / name, run_rows(name))
        declare(home, name)
    return home


def own_home(root: Path) -> Home:
    """An empty home without the runs and studies that ship with the project."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "config.toml").write_text("shipped = false\n", encoding="utf-8")
    return Home.open(root)


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def refit_undrawn(home: Home) -> RefitReport:
    """A refit for tests that look at fits, plans and tables, and at no page."""
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        return refit(home)


def without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves report.html out of a refit: drawing takes longer than everything that these tests look at."""
    monkeypatch.setattr("pipeline.refit.steps._draw", lambda *_given: None)
