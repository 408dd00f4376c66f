"""What became of the forecasts that were made before their runs were trained: a part of docs/wind_tunnel.md."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from data.wind_tunnel.design import declared, expand, flops, load

ROOT = Path(__file__).resolve().parents[2]
FORECASTS = ROOT / "data" / "wind_tunnel" / "forecasts"
SEALED = ROOT / "data" / "runs" / "sealed"
ROUNDS = {
    "scale": "1e13 and 5e13 FLOP, ten and fifty times the grid's largest runs",
    "scale-combined": "the same but for the first run, by the family and the combination that a study without laws has since",
    "pools": "four times the pools' largest budget, 26 to 128 epochs",
    "decay": "32 epochs at weight decay 1.0",
    "scarce": "scarce clean text at two more shares of the stream",
    "flip": "twice the clean text, and as much noise",
}
COMBINED = ("equal_weights", "stack")
INTRO = """Declared in `data/wind_tunnel/design.toml`, forecast in `data/wind_tunnel/forecasts/` from the shipped runs that are
not sealed, and only then trained (the commits have this order; the data card says how). Each law's error is that of its central
forecast, nats a token; inside: observed losses in its 90 % interval of a new run; width: of that interval. Refused laws are
scored too: `equal_weights` mixes all, `stack` those that were not refused.
"""


def observed(folder: Path = SEALED) -> pl.DataFrame:
    """run_id and final clean validation loss of every shipped sealed run."""
    loss = pl.concat([pl.read_parquet(path) for path in sorted(folder.glob("*.measurements.parquet"))], how="diagonal_relaxed")
    final = loss.filter(metric="loss", split="validation", task="clean").sort("step").group_by("run_id").last()
    return final.select("run_id", observed="value")


def forecast(name: str, folder: Path = FORECASTS) -> pl.DataFrame:
    """The forecasts of a round as they were made."""
    return pl.read_csv(folder / f"{name}.csv", null_values="NaN")


def summary(scored: pl.DataFrame) -> pl.DataFrame:
    """One row a law: mean absolute error, mean of predicted − observed, how many lie inside, mean width."""
    error = pl.col("predicted") - pl.col("observed")
    inside = pl.col("observed").is_between("low", "high")
    by_law = scored.group_by("law", "grade", maintain_order=True)
    found = by_law.agg(
        runs=pl.len(),
        error=error.abs().mean(),
        bias=error.mean(),
        inside=inside.sum(),
        width=(pl.col("high") - pl.col("low")).mean(),
    )
    return found.sort(pl.col("law").is_in(COMBINED), "error")


def shown(value: float | None) -> str:
    """A loss, or nothing."""
    return "" if value is None else f"{value:.3f}".replace("-", "−")


def law_table(scored: pl.DataFrame) -> str:
    """The laws of one round, best first, the combinations last."""
    rows = []
    for row in summary(scored).iter_rows(named=True):
        error, bias, width = (shown(row[name]) for name in ("error", "bias", "width"))
        cells = (row["law"], row["grade"] or "", error, bias, f"{row['inside']} of {row['runs']}", width)
        rows.append("| " + " | ".join(cells) + " |\n")
    return "| law | grade | mean error | bias | inside | width |\n|---|---|---|---|---|---|\n" + "".join(rows)


def run_table(scored: pl.DataFrame) -> str:
    """The runs of one round: what came, and what each law had said."""
    laws = list(dict.fromkeys(scored["law"]))
    wide = scored.pivot("law", index=["run_id", "observed"], values="predicted", maintain_order=True)
    rows = ["| " + " | ".join([run, *map(shown, values)]) + " |\n" for run, *values in wide.iter_rows()]
    return f"| run | observed | {' | '.join(laws)} |\n|{'---|' * (2 + len(laws))}\n" + "".join(rows)


def best_of(scored: pl.DataFrame, group: str) -> str:
    """Which of a group's trained runs is best, and which each law had named; nothing where they do not cost the same."""
    own = scored.filter(pl.col("run_id").str.starts_with(f"{group}-"))
    costs = [flops(declared(run_id)) for run_id in own["run_id"].unique()]
    if len(costs) < 2 or max(costs) > 1.01 * min(costs):
        return ""
    came = own.sort("observed")["run_id"][0]
    named = own.sort("predicted").group_by("law", maintain_order=True).first().sort("law")
    said = [f"{law} {_short(run)}" for law, run in named.select("law", "run_id").iter_rows()]
    count = own["run_id"].n_unique()
    return f"\nBest of the {count} trained runs of `{group}`: {_short(came)}. Named before: {', '.join(said)}.\n"


def _short(run_id: str) -> str:
    """What tells a run of a group from its neighbours: its size, or its pool."""
    run = declared(run_id)
    return run.pool or (f"share {run.share:g}" if run.group.endswith("scarce") else run.size)


def waiting(groups: set[str]) -> str:
    """The declared runs that are not shipped yet, by group."""
    done = {path.name: set(pl.read_parquet(path)["run_id"]) for path in (ROOT / "data" / "runs").rglob("*.runs.parquet")}
    trained = set().union(*done.values())
    left = [run for run in expand(load()) if run.group in groups and run.run_id not in trained]
    if not left:
        return ""
    listed = ", ".join(f"`{run.run_id}`" for run in left)
    return f"\nDeclared, forecast and not trained yet (the runner resumes them): {listed}.\n"


def section() -> str:
    """The whole part."""
    outcome, parts = observed(), [INTRO]
    for name, title in ROUNDS.items():
        if not (FORECASTS / f"{name}.csv").exists():
            continue
        made = forecast(name)
        scored = made.join(outcome, on="run_id", maintain_order="left")
        groups = {declared(run_id).group for run_id in made["run_id"]}
        parts.append(f"\n### {title[0].upper()}{title[1:]}\n\nForecast at {made['as_of'][0]}.\n")
        if scored.height:
            parts += ["\n", law_table(scored), *(best_of(scored, group) for group in sorted(groups)), "\n", run_table(scored)]
        parts.append(waiting(groups))
    return "".join(parts)
