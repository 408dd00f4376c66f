"""Fits the declared studies of the wind tunnel, and forecasts the sealed runs that each was kept from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.errors import LawbookError
from pipeline.fitting import Fit, fit
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.held_out import is_held_out
from pipeline.study.observations import observations, pool_order, without_needs
from pipeline.study.studies import read_study

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "data" / "studies"
KEPT_OUT = "run_id NOT LIKE 'sealed-%'"
SEALED = "run_id LIKE 'sealed-%'"


@dataclass(frozen=True)
class Score:
    """One law on one cohort: the fit or why there is none, and the runs that it forecast."""

    study: str
    cohort: str
    law: str
    fit: Fit | None
    forecast: pl.DataFrame | None
    reason: str
    seconds: float

    @property
    def held(self) -> int:
        """How many runs were forecast."""
        return 0 if self.forecast is None else self.forecast.height

    @property
    def errors(self) -> np.ndarray:
        """Predicted − observed, in the unit of the response."""
        if self.forecast is None:
            return np.empty(0)
        return (self.forecast["predicted"] - self.forecast["value"]).to_numpy()

    @property
    def covered(self) -> int:
        """How many observed values lie in their 90 % interval of a new run."""
        if self.forecast is None:
            return 0
        inside = pl.col("value").is_between("predicted_low", "predicted_high")
        return int(self.forecast.select(inside.sum()).item())


def declared() -> list[Study]:
    """The studies that `lawbook refit` reads, and those of the folder below them."""
    return [read_study(path) for path in sorted([*STUDIES.glob("wind-tunnel-*.toml"), *STUDIES.glob("wind_tunnel/*.toml")])]


def sealed(study: Study) -> Study:
    """The same study of its sealed runs alone."""
    return study.model_copy(update={"runs": study.runs.replace(KEPT_OUT, SEALED)})


def scored(name: str, cohort: str, law: str, seen: pl.DataFrame, held: pl.DataFrame | None, **options: object) -> Score:
    """Fits a law to `seen` and forecasts `held`. CPU seconds are those of the fit."""
    started = time.process_time()
    try:
        found = fit(laws[law], seen, **options)  # type: ignore[arg-type]  # the options of fit, by name
    except Exception as error:  # as `lawbook refit` does: whatever goes wrong in a fit is its result
        return Score(name, cohort, law, None, None, f"{type(error).__name__}: {error}", time.process_time() - started)
    seconds = time.process_time() - started
    forecast = found.predict(held, new_run=True) if held is not None and held.height else None
    return Score(name, cohort, law, found, forecast, "; ".join(found.certificate.reasons), seconds)


def study_scores(home: Home, studies: list[Study]) -> Iterator[Score]:
    """A score for each law and cohort of each study, from the shipped runs."""
    with Warehouse(home) as warehouse:
        ingest(home, warehouse=warehouse)
        for study in studies:
            seen = observations(warehouse.connection, study)
            held = _held(warehouse, study, seen)
            for (cohort,), rows in seen.group_by("cohort", maintain_order=True):
                kept = held.filter(cohort=cohort) if held is not None else None
                yield from _laws(warehouse, study, str(cohort), rows, kept)


def _held(warehouse: Warehouse, study: Study, seen: pl.DataFrame) -> pl.DataFrame | None:
    """The ends of the runs that the study holds out, else its sealed runs; None where it has neither."""
    if study.held_out is not None:
        kept = seen.filter(is_held_out(seen)).with_columns(pl.lit(None, pl.String).alias("reason"))
        return kept.sort("data_seen", maintain_order=True).unique("run_key", keep="last", maintain_order=True)
    if sealed(study).runs == study.runs:
        return None
    try:
        return observations(warehouse.connection, sealed(study))
    except LawbookError:  # no run of this kind is sealed
        return None


def _laws(warehouse: Warehouse, study: Study, cohort: str, rows: pl.DataFrame, held: pl.DataFrame | None) -> Iterator[Score]:
    for law in study.law_objects():
        fix, prior = study.constants_for(law)
        options = {"draws": study.draws, "seed": study.seed, "objective": study.objective_for(law)}
        options |= {"fix": fix or None, "prior": prior or None}
        seen = without_needs(law, rows)
        kept = without_needs(law, held).filter("used") if held is not None else None
        pools = list(pool_order(warehouse.connection, seen)) if law.pooled else None
        yield scored(study.study, cohort, law.name, seen, kept, pools=pools or None, **options)
