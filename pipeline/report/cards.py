"""The first screen: one card a study with the decision in words, as `lawbook plan` says it first; a failure is said there too."""

from __future__ import annotations

import re
from html import escape

from pipeline.report.published import Published
from pipeline.schema.numbers_in_words import cohort_words
from pipeline.wording.outline import ASKED, ORDER, leading, outlines

ONLY_A_TABLE = (ORDER,)
"""Outlines whose lead says nothing without its rows."""


def anchor(name: str) -> str:
    """The address of a study's section on the page."""
    return "s-" + re.sub(r"[^a-z0-9-]+", "-", name.lower())


def card(published: Published, study: dict[str, object]) -> str:
    """What to train, what it gives and costs, and what to run next, each a sentence with its interval; the section holds all."""
    name, metric = str(study["study"]), str(study["metric"] or "loss")
    unit = str(published.about(name, "unit")["data_unit"][0])
    plans = {table: _rows(published, name, table, metric) for table in ASKED}
    cohorts = list(dict.fromkeys(row["cohort"] for rows in plans.values() for row in rows))
    said = "".join(_decision(plans, str(cohort), unit, len(cohorts) > 1) for cohort in cohorts)
    failed = "<p class=warn role=note>The last refit failed; its section below says why.</p>" if study["failure"] else ""
    nothing = "" if said or failed else "<p>No law can answer yet; the section says which runs are missing.</p>"
    title, question = escape(name), escape(str(study["question"] or ""))
    head = f'<h3><a href="#{anchor(name)}">{title}</a></h3><p class=question>{question}</p>'
    return f"<article class=card>{head}{failed}{said}{nothing}</article>"


def _rows(published: Published, study: str, table: str, metric: str) -> list[dict[str, object]]:
    return [{"metric": metric} | row for row in published.plan(study, f"plan_{table}").iter_rows(named=True)]


def _decision(plans: dict[str, list[dict[str, object]]], cohort: str, unit: str, named: bool) -> str:
    found = outlines({table: [row for row in rows if row["cohort"] == cohort] for table, rows in plans.items()}, unit)
    lines = "".join(
        f"<dt>{escape(found[table].title)}</dt><dd>{escape(found[table].lead)}</dd>"
        for table in leading(found)
        if table not in ONLY_A_TABLE
    )
    group = f"<p><b>{escape(cohort_words(cohort))}</b></p>" if named else ""
    return f"{group}<dl>{lines}</dl>" if lines else ""
