"""Public runs replayed in order of compute: what the ledger would have held, with and without the law's own misfit, and with the
misfit that another prior makes of the same held-out predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from pipeline.fitting import Fit, fit
from pipeline.fitting.evidence.law_error_prior import MisfitPrior, learnt
from pipeline.fitting.result import Misfit
from pipeline.forecasts.backtest import Backtest, Origin, forecasts_from, replays_of, run_replays, with_stood_on
from pipeline.forecasts.scoring import crps, scored
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.refit.misfit_priors import reweighed
from pipeline.store.store import MADE_OF
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.observations import observations
from pipeline.study.studies import load_studies

STUDIES = Path(__file__).parent / "studies"
FOLDERS = {"massivetext": "epoch_chinchilla", "open_athena": "misfitting", "datablations": "datablations"}
FOLDERS |= {"openclip_repetition": "openclip_repetition"}
NO_MISFIT = Misfit(0.0, 0.0, 0)


@dataclass(frozen=True)
class Replay:
    """A usable fit of one origin: what was known then, and what came."""

    study: Study
    fit: Fit
    origin: Origin

    def forecasts(self, misfit: Misfit | None = None) -> pl.DataFrame:
        """Forecasts with their outcome and its score; `misfit` takes the place of the fit's own."""
        found = self.fit if misfit is None else replace(self.fit, misfit=misfit)
        made = forecasts_from(self.study, found, self.origin)
        return made.join(scored(made).drop("observed", "observed_at"), on="forecast_id")

    def with_prior(self, prior: MisfitPrior) -> pl.DataFrame:
        """Forecasts by the misfit that this prior makes of the fit's held-out predictions: nothing is fitted again."""
        return self.forecasts(reweighed(self.fit, prior).misfit)


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


def replays(connection: duckdb.DuckDBPyConnection, home: Home, study: Study) -> list[Replay]:
    """Every origin of a study from which a law that its certificate does not refuse forecasts."""
    every = list(replays_of(connection, study, observations(connection, study), home.laws))
    fitted = zip(every, run_replays(Backtest(every), map), strict=True)
    pairs = [pair for replay, fits in fitted for pair in zip(replay, fits, strict=True)]
    return [Replay(study, fit, origin) for origin, fits in pairs for fit in with_stood_on(study, origin, fits)]


def replayed(made: Sequence[Replay]) -> pl.DataFrame:
    """One row a forecast: law, run_key, distance, covered, covered_alone (without misfit), crps, relative_error, baseline's."""
    found = []
    for each in made:
        alone = each.forecasts(NO_MISFIT).select("run_key", covered_alone="covered", crps_alone="crps")
        found.append(each.forecasts().join(alone, on="run_key").join(envelope_forecast(each.origin), on="run_key", how="left"))
    return pl.concat(found)


def scored_forecasts(made: Sequence[Replay]) -> pl.DataFrame:
    """What the ledger would teach other studies, as `sql/select_scored_of_others.sql` reads it there."""
    rows = pl.concat([each.forecasts() for each in made])
    usable = pl.min_horizontal("predicted", "observed") > 0, pl.col("parameter_sd").is_finite(), pl.col("run_sd").is_finite()
    error = (pl.col("predicted") / pl.col("observed")).log().alias("error")
    names = ("study", "cohort", "law", "known_runs", "run_key", "distance", "parameter_sd", "run_sd")
    return rows.filter(*usable, ~pl.col("law").is_in(list(MADE_OF))).select(*names, error)


def learnt_elsewhere(made: Mapping[str, Sequence[Replay]], source: str) -> dict[str, MisfitPrior]:
    """The priors of a source's laws, learnt from the forecasts of all other sources."""
    others = pl.concat([scored_forecasts(found) for name, found in made.items() if name != source])
    return learnt(others, [law for law in dict.fromkeys(each.fit.law.name for each in made[source]) if law not in MADE_OF])


def envelope_forecast(origin: Origin) -> pl.DataFrame:
    """What a power law in compute, fitted to the least losses so far, expects: run_key, baseline_error, baseline_crps.

    Where its floor vanishes it is one without a floor.
    """
    known = origin.known.sort("flops").with_columns(least=pl.col("value").cum_min())
    hull = known.filter(pl.col("value") <= pl.col("least")).unique("run_key", keep="last", maintain_order=True)
    later = origin.later.sort("data_seen").unique("run_key", keep="last", maintain_order=True)
    asked = later.select("run_key", "value", data_seen=pl.col("flops"))
    if hull.height < len(laws["power_law"].parameters):  # too few for a curve: the least so far
        miss = (hull["value"][-1] / pl.col("value") - 1).abs()
        return asked.select("run_key", baseline_error=miss, baseline_crps=pl.lit(None, pl.Float64))
    points = hull.select("run_key", "value", data_seen=pl.col("flops"))
    found = fit(laws["power_law"], points, draws=400)
    if "E" in found.certificate.dead_terms:  # a floor that vanished has draws without end
        found = fit(laws["time_series_data"], points, draws=400)
    miss = ((pl.Series(found.value(asked)) - pl.col("value")) / pl.col("value")).abs()
    draws = found.predict_draws(asked, new_run=True)
    scored = pl.Series(crps(draws.T, asked["value"].to_numpy())) if len(draws) else pl.lit(None, pl.Float64)
    return asked.select("run_key", baseline_error=miss, baseline_crps=scored)
