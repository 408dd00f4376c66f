"""Text, report and tables of a home, held against each other number by number."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import duckdb

from pipeline.cli.plain_rows import plain_rows
from pipeline.cli.plan_text import plan_text
from pipeline.home import Home
from pipeline.schema import TABLES
from pipeline.store.statements import sql
from pipeline.wording.sentences import WORDS, sentence
from tests.planning.printed_numbers import cells_of, printed, unfounded

NO_PLANS = ("plan_notes", "plan_history")


def unsaid(table: str, row: dict[str, Any]) -> list[str]:
    """The numbers of a row's sentence and of its line in the table below it that are in none of its cells."""
    words = sentence(table, row, "token")
    form = WORDS[name].form if (name := table.removeprefix("plan_")) in WORDS else None
    line = " | ".join(form.cells(row)) if form and words else ""
    return [f"{number} in {text!r}" for text in (words or "", line) for number in unfounded(text, table, [row])]


def rows_of(home: Home) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of every plan table of a published file, with its study's metric."""
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        metrics = dict(connection.execute("SELECT study, metric FROM studies").fetchall())
        for table in (name for name in TABLES if name.startswith("plan_") and name not in NO_PLANS):
            for row in plain_rows(connection, f"SELECT * FROM {table}"):
                yield table, {"metric": metrics[row["study"]]} | row


ABOVE = "ABOVE ALL PLANS"
"""Where the laws' weights, their disagreement and the score of their intervals stand."""


def sections(text: str) -> dict[tuple[str, int, str], str]:
    """What `lawbook plan` says first of each plan of each fit: (study, place of the fit, title) -> lead."""
    found: dict[tuple[str, int, str], list[str]] = {}
    study, place, title = "", -1, ""
    for line in text.splitlines():
        if line and not line.startswith(" "):
            study, place, title = line.partition(":")[0], -1, ""
        elif re.match(r"  \S.*\(\d+ runs, ", line):
            place, title = place + 1, ABOVE
        elif re.match(r"  \S", line):
            title = ""
        elif re.fullmatch(r"    [A-Z][A-Z :]+", line):
            title = line.strip()
        elif title and re.match(r"    \S", line):
            found.setdefault((study, place, title), []).append(line.strip())
    return {key: " ".join(lines) for key, lines in found.items()}


def cards(page: str) -> dict[tuple[str, int, str], str]:
    """What the report's cards say: (study, place of the cohort, title) -> lead."""
    found = {}
    for card in re.findall(r"<article class=card>(.*?)</article>", page, re.DOTALL):
        (name,) = re.findall(r"<h3><a [^>]*>(.*?)</a>", card)
        study = html.unescape(name)
        for place, decisions in enumerate(re.findall(r"<dl>(.*?)</dl>", card, re.DOTALL)):
            for title, lead in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", decisions, re.DOTALL):
                found[study, place, html.unescape(title).upper()] = html.unescape(lead)
    return found


def above_all(connection: duckdb.DuckDBPyConnection, study: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the lines above all plans of a study may be read from: weights, scores of forecasts, and its plans."""
    for fit in plain_rows(connection, sql("select_selected_fits"), {"study": study}):
        where = {name: fit[name] for name in ("study", "cohort", "law")}
        yield "fits", plain_rows(connection, sql("select_held_forecasts"), where)[0]
    for table in ("fit_weights", *(name for name in TABLES if name.startswith("plan_") and name not in NO_PLANS)):
        for row in plain_rows(connection, sql("select_study_rows", table=table), {"study": study}):
            yield table, row


def disagreements(home: Home) -> list[str]:
    """Where text, report and tables of a home differ in a number; an empty page or text is a difference too."""
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        text = sections(plan_text(connection, None, home, everything=True))
        above = {study: list(above_all(connection, study)) for study, *_ in text}
    page = cards(home.report.read_text(encoding="utf-8"))
    found = [] if page and text else ["nothing is printed"]
    found += [f"{table}: {said}" for table, row in rows_of(home) for said in unsaid(table, row)]
    for (study, _, title), lead in text.items():
        if title == ABOVE:
            known = [each for table, row in above[study] for each in cells_of(table, row)]
            wrong = [each.text for each in printed(lead) if not any(each.fits(unit, cell) for unit, cell in known)]
            found += [f"{study}: {wrong} in {lead!r}"] if wrong else []
    for key, lead in page.items():
        if key not in text:
            found.append(f"{key} is in the report alone")
        elif [number.text for number in printed(lead)] != [number.text for number in printed(text[key])]:
            found.append(f"{key}: the report says {lead!r}, the text {text[key]!r}")
    return found
