"""Logs that go back: a run that was restarted from a checkpoint logs the same places again, and what it logged last stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Record = Mapping[str, Any]
OWN = ("run_id", "row_number", "lr", "data_seen", "data_unit", "flops")


@dataclass
class _Run:
    """What stands of one run: records with their places (which never fall where a step back ends all behind it), and by value."""

    unplaced: list[dict[str, Any]] = field(default_factory=list)
    kept: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    at: dict[tuple[float, str], dict[str, Any]] = field(default_factory=dict)


class Restarts:
    """Records of one or many runs in the order of their log: those that stand, and those that were logged again."""

    def __init__(self, place: str = "step", purge: bool = True) -> None:
        """`place`: the column that says where on the curve a record lies; with `purge` a step back ends all behind it."""
        self.place, self.purge = place, purge
        self._replaced: list[tuple[_Run, float, dict[str, Any]]] = []
        self._runs: dict[Any, _Run] = {}

    def add(self, record: Record) -> None:
        """Takes the next record of the log."""
        run = self._runs.setdefault(record["run_id"], _Run())
        at = number(record.get(self.place))
        if at is None:
            run.unplaced.append(dict(record))
            return
        if self.purge and run.kept and at < run.kept[-1][0]:
            self.go_back(record["run_id"], at)
        kept = dict(record)
        self._replace(run, at, kept)
        run.kept.append((at, kept))

    def go_back(self, run_id: Any, at: float) -> None:
        """A restart: what was logged at or behind `at` is replaced, whether it is logged again or not."""
        run = self._runs.setdefault(run_id, _Run())
        gone = [(where, record) for where, record in run.kept if where >= at]
        run.kept = [(where, record) for where, record in run.kept if where < at] if gone else run.kept
        for where, record in gone:
            self._replaced.append((run, where, record))
            for name in record:
                run.at.pop((where, name), None)

    def _replace(self, run: _Run, at: float, record: dict[str, Any]) -> None:
        """Values of the same place and name that differ from the record's are replaced by them."""
        for name in [name for name in record if name not in (*OWN, self.place)]:
            before = run.at.get((at, name))
            if before is not None and differ(before[name], record[name]):
                self._replaced.append((run, at, {n: v for n, v in before.items() if n in (*OWN, self.place, name)}))
                before[name] = None
            if record[name] is not None:
                run.at[at, name] = record

    @property
    def replaced(self) -> list[dict[str, Any]]:
        """The values that were logged again as others, or that a restart has ended, in the order of the log."""
        found = []
        for run, at, record in self._replaced:
            own = {name: value for name, value in record.items() if name in (*OWN, self.place)}
            values = {name: value for name, value in record.items() if name not in own and self._is_other(run, at, name, value)}
            found += [{**own, **values}] if values else []
        return found

    def _is_other(self, run: _Run, at: float, name: str, value: Any) -> bool:
        stands = run.at.get((at, name))
        return value is not None and (stands is None or differ(stands[name], value))

    @property
    def standing(self) -> list[dict[str, Any]]:
        """The records that stand, in the order of the log, run by run."""
        return [record for run in self._runs.values() for record in (*run.unplaced, *(kept for _, kept in run.kept))]


def standing(records: Iterable[Record], place: str = "step") -> tuple[list[dict[str, Any]], Sequence[Record]]:
    """The records of a log that stand, and those that a restart has replaced."""
    found = Restarts(place)
    for record in records:
        found.add(record)
    return found.standing, found.replaced


def number(value: Any) -> float | None:
    """The value as a number; None where it is none."""
    try:
        return None if value is None or value == "" else float(value)
    except (TypeError, ValueError):
        return None


def differ(one: Any, other: Any) -> bool:
    """Whether two logged values differ; the same text, or the same number, does not, and nothing differs from no value."""
    if one is None or other is None or str(one) == str(other):
        return False
    first, second = number(one), number(other)
    return first is None or second is None or first != second
