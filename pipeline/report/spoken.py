"""The plans of a study in words, for the head of its section: each with its title, two sentences and a small table."""

from __future__ import annotations

from html import escape

from pipeline.report.published import Published
from pipeline.schema.numbers_in_words import cohort_words
from pipeline.wording.outline import ASKED, outline
from pipeline.wording.words import Outline

MOST_ROWS = 8
"""Rows of each small table; the whole plan is a table at the end of the section."""


def spoken(published: Published, study: str, metric: str) -> str:
    """The plans of the study's selected laws as a list of titles and what to say of each."""
    unit = str(published.about(study, "unit")["data_unit"][0])
    found = []
    for name in ASKED:
        rows = [{"metric": metric} | row for row in published.plan(study, f"plan_{name}").iter_rows(named=True)]
        cohorts = list(dict.fromkeys(row["cohort"] for row in rows))
        for cohort in cohorts:
            said = outline(name, [row for row in rows if row["cohort"] == cohort], unit)
            if said is not None:
                found.append(_plan(said, str(cohort) if len(cohorts) > 1 else ""))
    return f"<dl class=words>{''.join(found)}</dl>" if found else ""


def _plan(said: Outline, cohort: str) -> str:
    title = escape(said.title) + (f"<small>{escape(cohort_words(cohort))}</small>" if cohort else "")
    return f"<dt>{title}</dt><dd><p>{escape(said.lead)}</p>{_table(said)}</dd>"


def _table(said: Outline) -> str:
    if not said.rows:
        return ""
    head = "".join(f'<th scope="col">{escape(head)}</th>' for head in said.heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in said.rows[:MOST_ROWS])
    rest = len(said.rows) - MOST_ROWS
    more = f"<p class=note>{rest} more in the tables below.</p>" if rest > 0 else ""
    label = escape(said.title, quote=True)
    start = f'<div class="scroll small" tabindex=0 role=region aria-label="{label}"><table>'
    return f"{start}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}"
