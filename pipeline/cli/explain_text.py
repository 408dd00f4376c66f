"""What a study stands on, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.cli.layout import aligned, wrapped
from pipeline.schema.numbers_in_words import amount, cohort_words
from pipeline.terminal import counted

if TYPE_CHECKING:
    from pipeline.study.explained import Asked, Explanation, Varying
    from pipeline.study.filters import Compared
    from pipeline.study.repeats import Repeats

NAMED = 3


def explain_text(found: Explanation) -> str:
    """The explanation: runs, what varies, what is alike, laws."""
    lines = [f"{found.study}: {found.question or 'no question given'}", *_runs(found)]
    if found.varies:
        data = str(found.alike.get("data_unit", "data"))
        lines += [
            "",
            "What varies among them:",
            *_indented([_varying(each, data) for each in found.varies]),
        ]
    if found.alike:
        alike = ", ".join(f"{name} {_value(value)}" for name, value in found.alike.items())
        lines += ["", *wrapped(f"Alike in all: {alike}.", "", "  ")]
    if found.repeats:
        lines += [
            "",
            "Epochs of each pool, in the runs and in the plan:",
            *_indented([_repeated(each) for each in found.repeats]),
        ]
    if found.proxies and found.proxies.words:
        lines += ["", *wrapped(f"{found.proxies.words}.", "", "  ")]
    lines += ["", "Laws of the study:", *_laws([law for law in found.laws if law.declared])]
    if others := [law for law in found.laws if not law.declared]:
        lines += ["", "Other laws that these runs could inform:", *_laws(others)]
    return "\n".join([*lines, *_filters(found.filters)])


def _filters(found: list[Compared] | None) -> list[str]:
    """What each law misses of held-out runs with all rows and without those of a filter; nothing where it was not asked."""
    if found is None:
        return []
    if not found:
        return ["", "No filter was compared: no run is starved or below its law's range, or too few others could be held out."]
    lines = ["", "Filters, none of them applied: error of held-out runs with all rows, and without those of the filter:"]
    for each in found:
        where = f" [{cohort_words(each.cohort)}]" if each.cohort else ""
        said = f"{each.law}{where}, {counted(each.runs, 'run')} with {each.words}: {each.error:.3g}, without {each.without:.3g}"
        lines += wrapped(f"{said} (less in {each.better:.0%} of resamples). To apply: {each.declare}", "  ", "    ")
    return lines


def _runs(found: Explanation) -> Iterator[str]:
    yield f"{found.used} of {counted(found.runs, 'run')} {'is' if found.used == 1 else 'are'} used."
    for reason, runs in sorted(found.left_out.items(), key=lambda item: -len(item[1])):
        names = ", ".join(runs[:NAMED]) + (", ..." if len(runs) > NAMED else "")
        yield from wrapped(f"{len(runs)} left out: {reason} ({names})", "  ", "    ")


def _varying(each: Varying, data: str) -> tuple[str, str, str]:
    unit = f" {each.unit.replace('data_unit', f'{data}s')}" if each.unit else ""
    number = isinstance(each.least, int | float)
    ends = f"{_value(each.least)} to {_value(each.largest)}{unit}" if number else f"{each.least}, ..."
    return each.column, counted(each.values, "value"), ends


def _repeated(each: Repeats) -> tuple[str, str, str]:
    """A pool, how often the runs repeat it, and how often the largest planned run may."""
    planned = f"planned {each.planned_least:.3g} to {each.planned_most:.3g}"
    off = "" if each.matches else f": no run within {each.factor:.3g} times; runs that match are in plan_proxies"
    return each.pool, f"{each.least:.3g} to {each.most:.3g} in {counted(each.runs, 'run')}", planned + off


def _laws(laws: list[Asked]) -> list[str]:
    return _indented([(law.law, _able(law), _lacks(law.lacking)) for law in laws])


def _able(law: Asked) -> str:
    runs, parameters = counted(law.runs, "run"), counted(law.parameters, "parameter")
    if law.able:
        return f"can be fitted: {runs}, {parameters}"
    if law.points <= law.parameters:
        return f"cannot: {runs} for {parameters}"
    if law.runs <= law.parameters:
        return f"rests on the points of curves: {law.points} of {runs}, {parameters}"
    return f"weak at best: {' and '.join(law.alike)} {'has' if len(law.alike) == 1 else 'have'} one value in all runs"


def _lacks(lacking: Mapping[str, int]) -> str:
    return ", ".join(f"{counted(count, 'run has', 'runs have')} {reason}" for reason, count in lacking.items())


def _indented(rows: list[tuple[str, str, str]]) -> list[str]:
    return [f"  {line}" for line in aligned(rows)]


def _value(value: Any) -> str:
    return amount(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
