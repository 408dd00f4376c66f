"""A study's plan in a few lines of plain words, from the published tables."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from pipeline.cli.layout import outlined, wrapped
from pipeline.cli.plain_rows import Row, plain_rows
from pipeline.errors import LawbookError, meant
from pipeline.forecasts.coverage_band import FEWEST, band
from pipeline.home import Home
from pipeline.schema.left_out_words import unused_words
from pipeline.schema.numbers_in_words import called, cohort_words
from pipeline.store.statements import sql
from pipeline.wording.held_out_words import held_out
from pipeline.wording.laws_apart import apart, chain, counting, through_the_link, weights
from pipeline.wording.outline import leading, outlines
from pipeline.wording.trust import PUBLISHED, held

FEW, MANY = 5, 12
"""Rows of each plan that are printed among all studies, and of a study that was asked for; the tables hold them all."""
NO_FIT = "no plan yet: no fit of this study can be used"
NO_QUESTION = (
    "no plan: the laws are fitted, but answer none of the planning questions; ask them by [plan.response], [plan.target] or "
    "[plan.optimum] of the study (docs/planning.md)"
)
GRADES = {"clean": "the fit passed its checks", "weak": "weak fit", "refused": "refused", "published": "published constants"}
"""Grades as they are printed: a pool may well be called clean."""


def plan_json(connection: duckdb.DuckDBPyConnection, only: str | None = None) -> dict[str, Any]:
    """For each study its notes and the rows of every plan of its selected laws."""
    return {
        study["study"]: {
            **study,
            "notes": _rows(connection, "plan_notes", study["study"]),
            "plans": _plans(connection, study),
            "held_out": _rows_of(connection, "report_held_out", study["study"]),
            "early_stopping": _rows(connection, "early_stopping", study["study"]),
        }
        for study in _studies(connection, only)
    }


def plan_text(connection: duckdb.DuckDBPyConnection, only: str | None, home: Home, everything: bool = False) -> str:
    """The plans of one study, or of all, and where the files are: what a lead needs first, or everything."""
    most = FEW if only is None else MANY
    blocks = ["\n".join(_block(connection, study, most, everything)) for study in _studies(connection, only)]
    places = [f"tables: {home.published_db}", f"Parquet: {home.published_dir}"]
    if home.report.exists():
        places.append(f"report: {home.report}")
    return "\n\n".join([*blocks, "\n".join(places)])


def _studies(connection: duckdb.DuckDBPyConnection, only: str | None) -> list[Row]:
    found = plain_rows(connection, sql("select_studies"))
    if only is None:
        return found
    chosen = [study for study in found if study["study"] == only]
    if not chosen:
        known = [study["study"] for study in found]
        names, hint = ", ".join(known) or "none yet", meant(only, known)
        raise LawbookError(
            f"no plan of study {only!r}{hint}", fix=f"the studies are {names} (an invalid one is named by `lawbook refit`)"
        )
    return chosen


def _plans(connection: duckdb.DuckDBPyConnection, study: Row) -> dict[str, list[Row]]:
    views = [row[0] for row in connection.execute(sql("select_best_views")).fetchall()]
    found = {view.removeprefix("best_"): _rows(connection, view, study["study"]) for view in views}
    return {name: rows for name, rows in found.items() if rows}


def _rows(connection: duckdb.DuckDBPyConnection, table: str, study: str) -> list[Row]:
    return plain_rows(connection, sql("select_study_rows", table=table), {"study": study})


def _block(connection: duckdb.DuckDBPyConnection, study: Row, most: int, everything: bool) -> Iterable[str]:
    yield from wrapped(f"{study['study']}: {study['question'] or 'no question given'}", "", "  ")
    if study["failure"]:
        yield from wrapped(f"failed: {study['failure']}", "  ")
    plans, unit = _plans(connection, study), _unit(connection, study["study"])
    for fit in plain_rows(connection, sql("select_selected_fits"), {"study": study["study"]}):
        cohort = f" [{cohort_words(fit['cohort'])}]" if fit["cohort"] else ""
        yield from wrapped(f"{fit['law']} ({_strength(connection, fit)}){cohort}{_stale(study)}", "  ", "    ")
        found = outlines({name: _of_fit(rows, study, fit) for name, rows in plans.items()}, unit)
        yield from _laws(connection, {**study, "metric": called(study["metric"], unit)}, fit, plans, leading(found))
        yield from _held(connection, fit)
        shown = list(found) if everything else leading(found)
        for name in shown:
            yield from outlined(found[name], most)
        yield from _hidden([made.title for name, made in found.items() if name not in shown], study["study"])
    yield from _held_out(connection, study["study"])
    yield from _running(connection, study["study"])
    yield from _notes(connection, study["study"], bool(plans))


def _laws(
    connection: duckdb.DuckDBPyConnection, study: Row, fit: Row, plans: Mapping[str, Sequence[Row]], names: Sequence[str]
) -> Iterable[str]:
    """Of a combination, how much each law counts and whether they agree; of a chain its laws; nothing of a single law."""
    parts = [row for row in _rows(connection, "fit_weights", study["study"]) if row["cohort"] == fit["cohort"]]
    if fit["law"] in {row["law"] for row in parts} or not parts:
        return
    link, first = next(iter(json.loads(study["declaration"]).get("chain", {}).items()), (None, []))
    direct = _direct(connection, parts, link, first)
    yield from wrapped(weights(parts) if link is None else chain(parts, link, first, direct, study["metric"]), "    ")
    for name in names[:1]:
        table = f"plan_{name}"
        chosen = [row for row in plans[name] if row["cohort"] == fit["cohort"]]
        rows = [row for row in _rows(connection, table, study["study"]) if row["cohort"] == fit["cohort"]]
        others = [row for row in rows if row["law"] in counting(parts)]
        others += through_the_link(rows, parts, [*first, *direct]) if direct else []
        if differ := apart(table, chosen, others, study["metric"]):
            yield from wrapped(differ, "    ")


def _direct(connection: duckdb.DuckDBPyConnection, parts: Sequence[Row], link: str | None, first: Sequence[str]) -> list[str]:
    """The laws of a chained study that predict its metric without the link."""
    readers = [row["law"] for row in plain_rows(connection, sql("select_laws_that_read"), {"name": link})] if link else None
    return [row["law"] for row in parts if row["law"] not in {*first, *readers}] if readers is not None else []


def _held(connection: duckdb.DuckDBPyConnection, fit: Row) -> Iterable[str]:
    """How many outcomes the intervals of what the plan stands on have held; nothing where there are too few to say it."""
    where = {name: fit[name] for name in ("study", "cohort", "law")}
    count, covered = plain_rows(connection, sql("select_held_forecasts"), where)[0].values()
    if count >= FEWEST:
        yield from wrapped(held(covered, count, band(count)), "    ")


def _of_fit(rows: Sequence[Row], study: Row, fit: Row) -> list[Row]:
    """The rows of a cohort's law as sentences need them; the grade is said once, above them all."""
    own = [row for row in rows if (row["cohort"], row["law"]) == (fit["cohort"], fit["law"])]
    return [{"metric": study["metric"]} | row | {"grade": _paper(row)} for row in own]


def _hidden(titles: Sequence[str], study: str) -> Iterable[str]:
    if titles:
        yield ""
        yield from wrapped(f"Not shown: {', '.join(titles).lower()} (lawbook plan {study} --all)", "    ", "      ")


def _paper(row: Row) -> str | None:
    """The grade of constants from a paper, which says whose runs a sentence speaks of; others were said above."""
    return PUBLISHED if row["grade"] == PUBLISHED else None


def published_text(about: Sequence[str], plans: Mapping[str, Sequence[Row]], everything: bool = False) -> str:
    """Plans from published constants: what they stand on, then what is needed first, or each plan."""
    lines = [line for text in about for line in wrapped(text, "")]
    found = outlines({name.removeprefix("plan_"): rows for name, rows in plans.items()}, "token")
    shown = list(found) if everything else leading(found)
    for name in shown:
        lines += list(outlined(found[name], MANY))
    if hidden := [made.title for name, made in found.items() if name not in shown]:
        lines += ["", *wrapped(f"Not shown: {', '.join(hidden).lower()} (--all)", "    ", "      ")]
    return "\n".join(lines)


def _strength(connection: duckdb.DuckDBPyConnection, fit: Row) -> str:
    """A fit's grade, how many runs it stands on, and which of the study's it leaves out and why."""
    reasons = connection.execute(sql("select_fit_reasons"), {"fit_id": fit["fit_id"]}).fetchall()
    return "; ".join(part for part in (f"{fit['n_runs']} runs, {GRADES[fit['grade']]}", unused_words(reasons)) if part)


def _held_out(connection: duckdb.DuckDBPyConnection, study: str) -> Iterable[str]:
    """What was forecast of the runs that the study holds out, and how they ended."""
    rows, unit = _rows_of(connection, "report_held_out", study), _unit(connection, study)
    if rows:
        yield ""
        yield "    RUNS HELD OUT: FORECAST AND MEASURED"
    for row in rows:
        yield from wrapped(held_out({**row, "metric": called(row["metric"], unit)}), "    ", "      ")


def _running(connection: duckdb.DuckDBPyConnection, study: str) -> Iterable[str]:
    """Running runs with where they will end; those that are least worth their end first."""
    rows = _rows_of(connection, "report_early_stopping", study)
    if rows:
        yield ""
        yield "    RUNNING RUNS: WHERE THEY WILL END"
    for row in rows[:MANY]:
        end = f"{row['predicted']:.4g} ({row['predicted_low']:.4g} to {row['predicted_high']:.4g})"
        said = f"{row['run']}, {row['part']:.0%} of its data: final {row['metric']} {end}; {row['message']}"
        yield from wrapped(said, "      ", "        ")
    if len(rows) > MANY:
        yield f"      ... {len(rows) - MANY} more in the tables"


def _unit(connection: duckdb.DuckDBPyConnection, study: str) -> str:
    return str(_rows_of(connection, "report_unit", study)[0]["data_unit"])


def _rows_of(connection: duckdb.DuckDBPyConnection, statement: str, study: str) -> list[Row]:
    return plain_rows(connection, sql(statement), {"study": study})


def _stale(study: Row) -> str:
    return f", stale since {study['stale_since']:%Y-%m-%d %H:%M} UTC" if study["stale_since"] else ""


def _notes(connection: duckdb.DuckDBPyConnection, study: str, has_plan: bool) -> Iterable[str]:
    notes = [note for note in _rows(connection, "plan_notes", study) if note["law"]]
    if not has_plan:
        usable = plain_rows(connection, sql("select_selected_fits"), {"study": study})
        yield from wrapped(NO_QUESTION if usable else NO_FIT, "  ")
    for note in notes:
        if note["plan"] and has_plan:
            continue
        where = f" [{cohort_words(note['cohort'])}]" if note["cohort"] else ""
        yield from wrapped(f"{note['law']}{where} is {note['grade']}: {note['note']}", "  ", "    ")
        if note["fix"] and note["fix"] not in note["note"]:
            yield from wrapped(f"fix: {note['fix']}", "    ", "      ")
