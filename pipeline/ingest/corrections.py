"""A map that was edited, added or removed: what its files said before is taken back, and they are read again.

What a file says stands in file_series, run_claims and pool_claims. The values of every series of which a corrected file spoke
end, also those of other files, which are read again in the order in which they came first; a run is made anew from what all files
say of it. So the tables are as if the edition before had never been; those of the history have what was withdrawn. What a file
that is gone has said cannot be read again, and stays. A correction that is cut short is in `corrections`, and goes on.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from pipeline.ingest.ingest_report import Withdrawn
from pipeline.ingest.load.claims import CLAIMS
from pipeline.ingest.load.identity import MERGED
from pipeline.ingest.load.reading import Task
from pipeline.ingest.looking import Look
from pipeline.schema import RUNS
from pipeline.store.statements import Fragment, quote, sql
from pipeline.store.store import transaction
from pipeline.store.warehouse import now

POOLS = {
    "pools": (("pool", "dataset"), ("pool", "dataset", "data_unique", "quality_rank")),
    "pool_members": (("pool", "member"), ("pool", "member", "share", "data_unique")),
}
"""Of each table of pools what names a row, and its columns."""
Values = Mapping[str, object]
FOLDED = [name for name in RUNS if name != "status"]
NEVER = datetime.max
SAME_TAGS = "list_sort(map_entries(folded.tags)) = list_sort(map_entries(known.tags))"


@dataclass
class Correction:
    """The files that are read again, in their order, and what their values ended with."""

    connection: duckdb.DuckDBPyConnection
    files: int
    held: int = 0
    moments: list[datetime] = field(default_factory=list)
    """When values were ended."""

    def finish(self, unread: Iterable[str]) -> Withdrawn:
        """Makes the runs anew from what all files say. The next ingest reads what the disk did not give (`unread`)."""
        with transaction(self.connection):
            self._run("create_folded_runs", folded=Fragment(", ".join(map(_last, FOLDED))))
            same = [f"folded.{quote(name)} IS NOT DISTINCT FROM known.{quote(name)}" for name in MERGED]
            self._run("delete_runs_as_before", same=Fragment(" AND ".join([*same, SAME_TAGS])))
            runs = self._count("select_withdrawn_runs")
            moment = {"now": now()}
            self._run("update_corrected_runs", moment)
            self._run("insert_folded_runs", moment)
            values = self._count("select_withdrawn_values", {"moments": self.moments})
            self._run("delete_corrections", {"unread": list(unread)})
        return Withdrawn(self.files, runs, values, self.held)

    def more(self, looked: Look) -> list[Task]:
        """The files to read again, with those among them that share series with others only now that they have been read anew."""
        if self.sharing(looked, looked.again) <= looked.again.keys():
            return []
        self.begin(self.sharing(looked, looked.again), ())
        looked.again = self.times()
        return self.tasks(looked, looked.again)

    def begin(self, sources: Collection[str], corrected: Collection[str]) -> None:
        """Ends the values of the files that are read again, in one transaction with the note that they are to be."""
        said, moment = {"sources": sorted(sources)}, now()
        self.moments.append(moment)
        with transaction(self.connection):
            self._run("create_withdrawn_series", said)
            self.held = max(self.held, self._count("select_held_series", said))
            self._run("insert_corrections", said)
            self._run("insert_withdrawn_archived", {"now": moment})
            self._run("update_withdrawn_points", {"now": moment})
            self._run("update_withdrawn_series")
            for kind, (key, columns) in POOLS.items():
                self._withdraw_pools(kind, key, columns, corrected)
            for table in CLAIMS:
                self._run("delete_claims_of", {"sources": sorted(corrected)}, table=table)

    def sharing(self, looked: Look, names: Collection[str]) -> set[str]:
        """The files with all that are there and have values of the same series, or of the same as these, and so on."""
        found, more = set[str](), set(names)
        while more:
            found |= more
            rows = self._run("select_sharing_sources", {"sources": sorted(more)})
            more = {str(name) for (name,) in rows if name in looked.there} - found
        return found

    def times(self) -> dict[str, datetime]:
        """The files that are read again, and when they were read first."""
        return dict(self.connection.execute(sql("select_times_in_correction")).fetchall())

    def tasks(self, looked: Look, names: Collection[str]) -> list[Task]:
        """How to read those that are there, in the order in which they came first."""
        items = [item for name, item in looked.there.items() if name in names]
        found = [task for item in items if (task := looked.task(item))]
        return sorted(found, key=lambda task: looked.again[task.file.source_uri])

    def _withdraw_pools(self, kind: str, key: Sequence[str], columns: Sequence[str], corrected: Collection[str]) -> None:
        said, named = {"sources": sorted(corrected)}, Fragment(kind)
        same = Fragment(" AND ".join(f"known.{quote(name)} IS NOT DISTINCT FROM gone.{quote(name)}" for name in key))
        self._run("create_withdrawn_pools", said, kind=named, key=list(key))
        self._run("delete_withdrawn_pools", table=kind, same=same)
        of_others = {"key": _known(key), "columns": _known(columns)}
        self._run("insert_remaining_pools", said, table=kind, kind=named, same=same, **of_others)

    def _run(self, name: str, values: Values | None = None, **names: str | Sequence[str]) -> list[tuple[object, ...]]:
        return self.connection.execute(sql(name, **names), values or {}).fetchall()

    def _count(self, name: str, values: Values | None = None) -> int:
        return int(str(self._run(name, values)[0][0]))


def correction(connection: duckdb.DuckDBPyConnection, looked: Look, tasks: list[Task]) -> Correction | None:
    """What is taken back before `tasks` are taken, which it puts in their order; None where no map was corrected."""
    if not looked.corrected and not looked.again:
        return None
    made = Correction(connection, len(looked.corrected or looked.again))
    if looked.corrected:
        made.begin(made.sharing(looked, looked.corrected), looked.corrected)
        looked.again = made.times()
    asked = {task.file.source_uri for task in tasks}
    tasks += made.tasks(looked, looked.again.keys() - asked)
    tasks.sort(key=lambda task: looked.again.get(task.file.source_uri, NEVER))
    return made


def _last(name: str) -> str:
    """The last word that any file has of a column."""
    said = f"claims.{quote(name)}"
    if name == "flops_source":
        said = f"coalesce({said}, CASE WHEN claims.flops IS NOT NULL THEN 'logged' END)"
    return f"last({said} ORDER BY claims.said_at, claims.part) FILTER ({said} IS NOT NULL) AS {quote(name)}"


def _known(names: Sequence[str]) -> Fragment:
    return Fragment(", ".join(f"known.{quote(name)}" for name in names))
