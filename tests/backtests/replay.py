"""Public runs replayed in order of compute: what the ledger would have held, with and without the law's own misfit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.fitting.result import Misfit
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.refit.backtest import Origin, chains_of, forecasts_from, run_chain
from pipeline.refit.scoring import crps, scored
from pipeline.store.warehouse import Warehouse
from pipeline.study.studies import Study, load_studies

STUDIES = Path(__file__).parent / "studies"
FOLDERS = {"massivetext": "epoch_chinchilla", "open_athena": "misfitting", "datablations": "datablations"}
FOLDERS |= {"openclip_repetition": "openclip_repetition"}
NO_MISFIT = Misfit(0.0, 0.0, 0)


@contextmanager
def ingested(data: Path, root: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Home]]:
    """A store with the four public sources, read in place through the committed maps."""
    root.mkdir(parents=True, exist_ok=True)
    watched = "\n".join(f'{name} = "{data / folder}"' for name, folder in FOLDERS.items())
    (root / "config.toml").write_text(f"shipped = false\n[watch]\n{watched}\n")
    home = Home.open(root)
    for path in STUDIES.glob("*.toml"):
        (home.studies / path.name).write_text(path.read_text())
    with Warehouse(home) as warehouse:
        ingest(home, warehouse=warehouse)
        yield warehouse.connection, home


def declared(home: Home) -> list[Study]:
    """The studies of the replay; an invalid one is an error here."""
    studies, errors = load_studies(home)
    if errors:
        raise errors[0]
    return studies


def replayed(connection: duckdb.DuckDBPyConnection, home: Home, study: Study) -> pl.DataFrame:
    """One row a forecast: law, run_key, distance, covered, covered_alone (without misfit), crps, relative_error, baseline's."""
    found = []
    chains = [(chain, run_chain([job for job, _ in chain])) for chain in chains_of(connection, study, home.laws)]
    for (job, origin), result in [pair for chain, results in chains for pair in zip(chain, results, strict=True)]:
        if result.fit is None or not result.usable:
            continue
        widened, alone = (_scores(study, job, f, origin) for f in (result.fit, replace(result.fit, misfit=NO_MISFIT)))
        both = widened.join(alone.select("run_key", covered_alone="covered", crps_alone="crps"), on="run_key")
        found.append(both.join(envelope_forecast(origin), on="run_key", how="left").with_columns(law=pl.lit(job.law)))
    return pl.concat(found)


def _scores(study: Study, job: object, found: Fit, origin: Origin) -> pl.DataFrame:
    made = forecasts_from(study, job, found, origin)  # type: ignore[arg-type]
    return made.select("forecast_id", "run_key", "distance").join(scored(made), on="forecast_id")


def envelope_forecast(origin: Origin) -> pl.DataFrame:
    """What a power law in compute, fitted to the least losses so far, expects: run_key, baseline_error, baseline_crps."""
    known = origin.known.sort("flops").with_columns(least=pl.col("value").cum_min())
    hull = known.filter(pl.col("value") <= pl.col("least")).unique("run_key", keep="last", maintain_order=True)
    later = origin.later.sort("data_seen").unique("run_key", keep="last", maintain_order=True)
    asked = later.select("run_key", "value", data_seen=pl.col("flops"))
    if hull.height < len(laws["power_law"].parameters):  # too few for a curve: the least so far
        miss = (hull["value"][-1] / pl.col("value") - 1).abs()
        return asked.select("run_key", baseline_error=miss, baseline_crps=pl.lit(None, pl.Float64))
    found = fit(laws["power_law"], hull.select("run_key", "value", data_seen=pl.col("flops")), draws=400)
    draws = found.predict_draws(asked, new_run=True)
    return asked.select(
        "run_key",
        baseline_error=((pl.Series(found.value(asked)) - pl.col("value")) / pl.col("value")).abs(),
        baseline_crps=pl.Series(crps(draws.T, asked["value"].to_numpy())),
    )
