"""A study with the store that its fits stand in: one thing, since neither is of use to a refit without the other."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.refit.keys import parameters_version, refit_key
from pipeline.store.misfit_priors import current_priors
from pipeline.store.store import Stored, current_fits, current_rows, put_study, study_state
from pipeline.store.warehouse import now
from pipeline.study.declaration import Study
from pipeline.study.jobs import Job, jobs_of
from pipeline.study.observations import observations


@dataclass(frozen=True)
class Stamp:
    """When fits were made, from which rows, and the key that another refit is held against."""

    moment: datetime
    digest: str
    key: str


@dataclass
class StudyInStore:
    """A study as it is declared, and what the store has of it. The digests are of its fitted rows and of its awaited runs."""

    connection: duckdb.DuckDBPyConnection
    declared: Study
    digest: str
    awaited: str
    user_laws: Path
    archive: Path

    @property
    def name(self) -> str:
        """Its name in every table."""
        return self.declared.study

    @cached_property
    def frame(self) -> pl.DataFrame:
        """Its observations, read once. Raises StudyError where its runs cannot meet in a fit."""
        return observations(self.connection, self.declared)

    @property
    def stamp(self) -> Stamp:
        """That of fits made now."""
        priors = current_priors(self.connection).get(self.name, {})
        return Stamp(now(), self.digest, refit_key(self.declared, self.digest, priors))

    def jobs(self) -> list[Job]:
        """A fit for each law and cohort."""
        return jobs_of(self.connection, self.declared, self.frame, self.user_laws)

    def fits(self) -> list[Stored]:
        """Its current fits."""
        return current_fits(self.connection, self.name)

    def rows(self) -> list[dict[str, Any]]:
        """The rows of its current fits."""
        return current_rows(self.connection, self.name).to_dicts()

    def state(self) -> dict[str, Any]:
        """What the table of studies says of it."""
        return study_state(self.connection, self.name)

    def note(self, **facts: Any) -> None:
        """Notes facts in the table of studies."""
        put_study(self.connection, self.name, **facts)

    def is_current(self) -> bool:
        """Whether its fits were made from what is there now."""
        return bool(self.state().get("refit_key") == self.stamp.key)

    def parameters_version(self) -> str:
        """Hash of the parameters of its current fits."""
        return parameters_version(self.fits())
