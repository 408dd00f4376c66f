"""One self-contained page: the published plans in words, pictures and tables. No request ever leaves it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert

from pipeline.compute import IN_PROCESS, MapLike
from pipeline.planning import PLANS
from pipeline.report.cache import Section, Sections
from pipeline.report.cards import anchor, card
from pipeline.report.live import forms, live_fits
from pipeline.report.packed import json_text, packed, unpacked
from pipeline.report.picture import Picture
from pipeline.report.pictures import pictures
from pipeline.report.published import Published, opened
from pipeline.report.spoken import spoken
from pipeline.report.tables import html_table

HERE = Path(__file__).parent
OWN = ("unpack.js", "live_engine.js", "numbers.js", "whatif.js", "page.js")
"""The page's scripts, in the order in which they run."""
SNIPPET = "window.vegaEmbed = vegaEmbed;"
BY_FIT = ("study", "law", "fit_id", "selected", "grade", "stale_since")
"""Columns of a plan row that the section's head already says."""
FITS = {
    "n_runs": "runs",
    "n_points": "points",
    "rmse": "residual rms",
    "extrapolation_error": "error ahead, ln",
    "fitted_at": "fitted",
}
"""What the columns of a study's fits are called on the page."""


def page(published: Published, now: dt.datetime, kept: Sections | None = None, over: MapLike = IN_PROCESS) -> bytes:
    """The HTML of the whole report in UTF-8; sections that are `kept` already are not drawn again, nor read as text."""
    studies = published.studies()
    sections = _sections(published, list(studies.iter_rows(named=True)), kept, over)
    library = _library() if kept is None else kept.script(f"vega-{version('vl-convert-python')}-packed", _library)
    own = [(HERE / name).read_text(encoding="utf-8").encode() for name in OWN]  # text: its line ends are hashed
    scripts = [forms(published), *own]
    parts = {
        b"policy": _policy([unpacked(library), *scripts]).encode(),
        b"style": (HERE / "page.css").read_bytes(),
        b"made": f"{now:%Y-%m-%d %H:%M} UTC".encode(),
        b"links": "".join(f'<li><a href="#{anchor(s)}">{escape(s)}</a></li>' for s in studies["study"]).encode(),
        b"sections": b"".join(section.html for section in sections) or b"<p>No study has been refitted yet.</p>",
        b"cards": b"".join(section.card for section in sections),
        b"whatif": (HERE / "whatif.html").read_bytes(),
        b"live": b"[%b]" % b",".join(section.live for section in sections if section.live),
        b"library": library,
        b"scripts": b"".join(b"<script>%b</script>" % script for script in scripts),
    }
    return re.sub(rb"\{\{(\w+)\}\}", lambda match: parts[match.group(1)], (HERE / "page.html").read_bytes())


def _sections(published: Published, studies: list[dict[str, object]], kept: Sections | None, over: MapLike) -> list[Section]:
    found = {str(study["study"]): kept.get(str(study["study"])) if kept else None for study in studies}
    due = [study for study in studies if found[str(study["study"])] is None]
    for study, made in zip(due, over(_drawn, [published.path] * len(due), due), strict=True):
        found[str(study["study"])] = made
        if kept:
            kept.put(str(study["study"]), made)
    return [section for section in found.values() if section is not None]


def _drawn(path: Path, study: dict[str, object]) -> Section:
    """One section; any worker that sees the published file can draw it."""
    with opened(path) as published:
        html = section(published, study)
        top = card(published, study)
        live = [_listed(fit) for fit in live_fits(published, str(study["study"]))]
    return Section(" ".join(top.split("\n")).encode(), json_text(live)[1:-1], html.encode())


def _listed(fit: dict[str, Any]) -> dict[str, str]:
    """A fit in the list of the page's controls: why it is not live, or its numbers, packed."""
    rest = {"why": fit["why"]} if "why" in fit else {"packed": packed(json_text(fit)).decode()}
    return {"study": fit["study"], "cohort": fit["cohort"], **rest}


def section(published: Published, study: dict[str, object]) -> str:
    """One study: its question, what there is to know, its fits, pictures, and every plan as a table."""
    name, metric = str(study["study"]), str(study["metric"] or "loss")
    made = pictures(published, name)
    specs = packed(json_text({_key(name, picture): picture.spec() for picture in made})).decode()
    return (
        f'<section id="{anchor(name)}"><h2>{escape(name)}</h2><p class=question>{escape(str(study["question"] or ""))}</p>'
        f"{_state(study)}{spoken(published, name, metric)}{_notes(published, name)}{_fits(published, name)}"
        f"{_figures(name, made)}{_plans(published, name)}"
        f'<script type="text/plain" class=charts>{specs}</script></section>'
    )


def _state(study: dict[str, object]) -> str:
    if study["failure"]:
        return f"<p class=warn role=note>The last refit failed: {escape(str(study['failure']))}</p>"
    if study["stale_since"]:
        return f"<p class=warn role=note>Since {study['stale_since']} newer data could not be fitted.</p>"
    return ""


def _notes(published: Published, study: str) -> str:
    rows = [row for row in published.about(study, "notes").iter_rows(named=True) if row["law"]]  # a failure is in the box above
    notes = [f"{row['law']}: {str(row['note']).rstrip('.')}." + (f" Fix: {row['fix']}." if row["fix"] else "") for row in rows]
    return f"<ul class=notes>{''.join(f'<li>{escape(n)}</li>' for n in dict.fromkeys(notes))}</ul>" if notes else ""


def _fits(published: Published, study: str) -> str:
    fits = published.about(study, "fits")
    if fits.is_empty():
        return ""
    fits_table = html_table(fits.drop("fit_id").rename(FITS, strict=False), f"Fits of {study}")
    parameters = published.about(study, "parameters").with_columns(estimate_low="low", estimate_high="high").drop("low", "high")
    inner = html_table(parameters, f"Parameters of {study}")
    return f"<h3>Laws</h3>{fits_table}<details><summary>Parameters of the selected law</summary>{inner}</details>"


def _key(study: str, picture: Picture) -> str:
    return f"{anchor(study)}-{picture.key}"


def _figures(study: str, made: Sequence[Picture]) -> str:
    """The pictures with their numbers; one that draws what an earlier one has in its table refers to it."""
    found = []
    for place, picture in enumerate(made):
        twin = next((earlier for earlier in made[:place] if earlier.table.equals(picture.table)), None)
        if twin is None:
            title = escape(picture.title)
            table = html_table(picture.table, f"{picture.title} of {study}")
            numbers = f"<details><summary>{title}: the numbers</summary>{table}</details>"
        else:
            numbers = f'<p class=note>The numbers are those of <a href="#{_key(study, twin)}-title">{escape(twin.title)}</a>.</p>'
        found.append(_figure(_key(study, picture), picture, numbers))
    return "".join(found)


def _figure(key: str, picture: Picture, numbers: str) -> str:
    return (
        f'<figure><h3 id="{key}-title">{escape(picture.title)}</h3><p>{escape(picture.caption)}</p>'
        f'<div class=chart data-chart="{key}" role=group aria-labelledby="{key}-title"></div>{numbers}</figure>'
    )


def _plans(published: Published, study: str) -> str:
    parts = []
    for table in published.plans:
        rows = published.plan(study, table)
        if rows.is_empty():
            continue
        rows = rows.drop([c for c in BY_FIT if c in rows.columns]).sort("cohort", maintain_order=True)
        body = html_table(rows, f"{table} of {study}")
        question = escape(PLANS[table].question) if table in PLANS else ""
        parts.append(f"<details><summary>{question} <code>{escape(table)}</code></summary>{body}</details>")
    return f"<h3>All plans as tables</h3>{''.join(parts)}" if parts else ""


def _policy(scripts: list[bytes]) -> str:
    """Only these very scripts may run, and nothing may be fetched: text from a log can do neither."""
    hashes = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{h}'" for h in hashes)
    nowhere = "default-src 'none'; base-uri 'none'; form-action 'none'"
    return f"{nowhere}; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"


@cache
def _library() -> bytes:
    """Vega, Vega-Lite and Vega-Embed as one packed script (BSD-3-Clause), from the vl-convert package: no download."""
    return packed(str(vl_convert.javascript_bundle(SNIPPET)).encode())
