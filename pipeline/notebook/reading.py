"""read(): a folder of logs as frames, without a home. What would be ingested is taken into a store that lasts as long as they."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import LawbookError
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.places import expanded
from pipeline.store.frames import read_frame
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Points, Study
from pipeline.study.observations import observations, without_needs
from pipeline.terminal import counted

TABLES = ("runs", "measurements", "pools", "quarantine")


@dataclass(frozen=True)
class Logs:
    """What a folder of logs holds, each table of it as a frame; `quarantine` has the rows that were refused, with the reason."""

    runs: pl.DataFrame
    measurements: pl.DataFrame
    pools: pl.DataFrame
    quarantine: pl.DataFrame
    _store: Any = field(repr=False, compare=False)

    def __repr__(self) -> str:
        metrics = ", ".join(self.measurements["metric"].unique().sort().to_list()) or "none"
        refused = f", {counted(self.quarantine.height, 'row')} rejected (.quarantine says why)" if self.quarantine.height else ""
        return f"{counted(self.runs.height, 'run')}, {counted(self.measurements.height, 'measurement')} of {metrics}{refused}"

    def frame(
        self,
        metric: str = "loss",
        *,
        split: str | None = None,
        task: str | None = None,
        where: str = "true",
        points: str = "final",
        law: str = "chinchilla",
    ) -> pl.DataFrame:
        """The observations that a law is fitted to: one row a run (or a point, with points="all"), `value` and the runs' columns.

        where: a predicate on the columns of runs. law: whose columns are looked up, and whose missing ones are the `reason` of a
        row that is not used. Raises StudyError where no run has the metric, or runs do not compare.
        """
        study = Study(
            study="notebook", runs=where, metric=metric, split=split, task=task, points=Points(take=points), laws=(law,)
        )
        with Warehouse(Home.open(self._store.name)) as warehouse:
            return without_needs(study.law_objects()[0], observations(warehouse.connection, study))


def read(path: str | Path, map: str | Path | None = None) -> Logs:
    """The logs of a file or folder: any format that a home's inbox takes; `map` reads every file with that map.

    Raises LawbookError where there is nothing, or nothing that a reader knows.
    """
    source = expanded(path).absolute()
    if not source.exists():
        raise LawbookError("there is no such file or folder", place=str(source), fix="check the path")
    store = tempfile.TemporaryDirectory(prefix="lawbook-read-", ignore_cleanup_errors=True)
    home = Home.open(store.name)
    with Warehouse(home, reads=[source if source.is_dir() else source.parent]) as warehouse:
        given = None if map is None else expanded(map).absolute()
        report = ingest(home, sources=[source], map=given, warehouse=warehouse)
        frames = {name: read_frame(warehouse.connection, sql("select_all", table=name)) for name in TABLES}
    if frames["runs"].is_empty() and frames["quarantine"].is_empty():
        said = "; ".join(["it holds no log that a reader knows", *report.errors])
        raise LawbookError(said, place=str(source), fix="docs/formats.md lists the formats; any other table needs a map")
    return Logs(**frames, _store=store)
