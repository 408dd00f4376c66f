"""Two methods in a table as papers print it: drafted, asked by `lawbook new`, fitted, and compared on the table's own axis."""

import contextlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.readers.drafts.nearest_table import table_draft
from pipeline.refit.refit import refit
from tests.families.dropped import printed, query, rows
from tests.small_home import own_home, without_report

Curve = Callable[[float], float]


@dataclass(frozen=True)
class Table:
    """Its heads (method, axis, result), amounts, and the curve of each method in the table's own unit."""

    heads: tuple[str, str, str]
    amounts: np.ndarray
    curves: dict[str, Curve]
    said: str
    scale: float = 1.0

    @property
    def crossing(self) -> float:
        """Where the two curves cross, in the unit of the axis."""
        one, other = self.curves.values()
        return float(brentq(lambda x: one(x) - other(x), self.amounts[0], self.amounts[-1])) * self.scale

    def write(self, path: Path) -> None:
        found = [f"{name},{x:.4g},{curve(x):.6g}" for name, curve in self.curves.items() for x in self.amounts]
        path.write_text("\n".join([",".join(self.heads), *found]) + "\n")


TABLES = {
    "tuning": Table(("method", "trainable params (M)", "GLUE avg (%)"), np.geomspace(0.05, 50, 9),
                    {"LoRA": lambda x: 90 - 6 * x**-0.2, "LoLDU": lambda x: 89.5 - 5 * x**-0.2}, "trainable params (M)"),
    "scaling": Table(("model", "latency (ms)", "top-1 (%)"), np.geomspace(5, 500, 9),
                     {"EfficientNet": lambda x: 86 - 30 * x**-0.5, "ResNet-RS": lambda x: 85 - 20 * x**-0.5}, "latency (ms)"),
    "sampling": Table(("sampler", "NFE", "FID"), 2.0 ** np.arange(1, 9),
                      {"euler": lambda x: 2 + 60 / x, "heun": lambda x: 2.5 + 40 * x**-1.1}, "NFE"),
    "merging": Table(("merge_method", "n_experts", "avg_score"), np.arange(2.0, 9.0),
                     {"TIES": lambda x: 0.7 - 0.2 * x**-0.6, "mean": lambda x: 0.66 - 0.12 * x**-0.6}, "n_experts"),
    "reasoning": Table(("recipe", "response_tokens", "math500_acc"), np.round(np.geomspace(500, 32000, 8)),
                       {"short": lambda x: 0.95 - 4 * x**-0.4, "rl": lambda x: 0.97 - 8 * x**-0.45}, "response_tokens"),
    "objectives": Table(("objective", "params (B)", "humaneval pass@1"), np.array([0.35, 0.6, 1.2, 2, 2.7, 3.7, 7, 16]),
                        {"causal": lambda x: 0.5 - 0.3 * x**-0.4, "mixed": lambda x: 0.4 - 0.2 * x**-0.3},
                        "parameters", 1e9),
    "hours": Table(("model", "gpu_hours", "test ppl"), np.geomspace(6, 400, 8),
                   {"GPT": lambda x: 10 + 30 * x**-0.4, "qLSTM": lambda x: 11 + 20 * x**-0.3}, "device-hours"),
}  # fmt: skip


def asked(home: Home) -> str:
    """The one study that `lawbook new` proposes, written to the home."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert main(["--home", str(home.root), "new"]) == 0
        (name,) = re.findall(r"^  (lab-\S+)", out.getvalue(), re.MULTILINE)
        assert main(["--home", str(home.root), "new", name]) == 0
    (study,) = home.studies.glob("*.toml")
    study.write_text(study.read_text().replace("draws = 1000", "draws = 40"))
    return name


@pytest.mark.parametrize("name", TABLES)
def test_where_two_methods_of_a_printed_table_cross_is_a_row_and_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    without_report(monkeypatch)
    home, table = own_home(tmp_path), TABLES[name]
    log = home.inbox / "lab" / f"{name}.csv"
    log.parent.mkdir()
    table.write(log)
    (home.maps / f"{name}.toml").write_text(table_draft(log))
    study = asked(home)
    report = refit(home)
    assert not report.failed
    assert not report.errors
    (row, *_) = rows(home, "SELECT * FROM plan_comparison ORDER BY amount")
    assert row["crossover"] == pytest.approx(table.crossing, rel=0.1)
    said = printed(home, study)
    assert "TWO RECIPES" in said or name == "objectives"
    assert table.said in said
    assert rows(home, query("compare_recipes"))
