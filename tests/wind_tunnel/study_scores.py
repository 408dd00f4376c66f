"""Fits the declared studies of the wind tunnel, and forecasts the sealed runs that each was kept from."""

from __future__ import annotations

import time
import tomllib
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
from pipeline.laws.engine.rows import pool_names
from pipeline.laws.law import Law
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Points, Study
from pipeline.study.held_out import is_held_out
from pipeline.study.observations import observations, pool_order, without_needs
from pipeline.study.studies import read_study
from tests.wind_tunnel.derived import BUILDERS

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "data" / "studies"
KEPT_OUT = "run_id NOT LIKE 'sealed-%'"
SEALED = "run_id LIKE 'sealed-%'"


class Derived(Study):
    """A study whose observations are made of several runs: `builder` names what makes them."""

    builder: str = ""


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
    """The studies that `lawbook refit` reads, those of the folder below them, and those whose columns are derived."""
    plain = [read_study(path) for path in sorted([*STUDIES.glob("wind-tunnel-*.toml"), *STUDIES.glob("wind_tunnel/*.toml")])]
    return plain + [read_derived(path) for path in sorted(STUDIES.glob("wind_tunnel/derived/*.toml"))]


def read_derived(path: Path) -> Derived:
    """A study with `builder`: it is no part of a refit, because its frame is made in Python."""
    return Derived.model_validate({**tomllib.loads(path.read_text()), "source": path})


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


def losses(warehouse: Warehouse, study: Study) -> pl.DataFrame:
    """The final validation loss of each run of a study: run_key, loss."""
    asked = {"metric": "loss", "split": "validation", "task": "clean", "points": Points(take="final")}
    found = observations(warehouse.connection, study.model_copy(update=asked))
    return found.filter("used").select("run_key", loss="value")


def _laws(warehouse: Warehouse, study: Study, cohort: str, rows: pl.DataFrame, held: pl.DataFrame | None) -> Iterator[Score]:
    for law in study.law_objects():
        fix, prior = study.constants_for(law)
        options = {"draws": study.draws, "seed": study.seed, "objective": study.objective_for(law)}
        options |= {"fix": fix or None, "prior": prior or None}
        if isinstance(study, Derived):
            seen = _derived(warehouse, study, law, rows)
            kept = _ends(_derived(warehouse, sealed(study), law, held)) if held is not None and held.height else None
            pools = sorted(set(pool_names(seen))) if law.pooled else None
        else:
            seen = without_needs(law, rows)
            kept = without_needs(law, held).filter("used") if held is not None else None
            pools = list(pool_order(warehouse.connection, seen)) if law.pooled else None
        yield scored(study.study, cohort, law.name, seen, kept, pools=pools or None, **options)


def _derived(warehouse: Warehouse, study: Derived, law: Law, rows: pl.DataFrame) -> pl.DataFrame:
    """What the study's builder makes of the used rows; columns of its laws that no run has logged are the builder's to make."""
    used = rows.filter("used")
    read = {name for one in study.law_objects() for name in one.columns} & set(used.columns)
    unknown = [name for name in read if used[name].is_null().all()]
    return BUILDERS[study.builder](used.drop(unknown), law, losses(warehouse, study))


def _ends(made: pl.DataFrame) -> pl.DataFrame:
    """The last point of each run."""
    return made.sort("step").group_by("run_key", maintain_order=True).last() if "step" in made.columns else made
