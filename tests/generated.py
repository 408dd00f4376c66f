"""The generated parts of README.md and docs/: made from the program's own output, and held against it by the tests.

A part stands between `<!-- made by: NAME -->` and `<!-- end -->`. `make docs` writes them anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.house_picture import page
from tests.licences import core_page
from tests.newcomer import COMMANDS, EXPORT, run, write_export
from tests.papers import table as paper_table

ROOT = Path(__file__).resolve().parents[1]
PART = re.compile(r"(<!-- made by: (?P<name>[\w -]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
FILES = ("README.md", "docs/*.md")
SCHEMAS = ROOT / "docs" / "schemas"


@cache
def home() -> Path:
    """A fresh home, filled once by the real command from the shipped runs."""
    place = Path(tempfile.mkdtemp(prefix="lawbook-docs-")) / "home"
    lawbook("demo", place=place)
    return place


def lawbook(*arguments: str, place: Path | None = None) -> str:
    """What `lawbook ARGUMENTS` prints, with the home's path written as .lawbook."""
    where = place or home()
    command = [sys.executable, "-m", "pipeline.cli.main", *arguments, "--home", str(where)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.replace(str(where), ".lawbook")


def fenced(text: str, language: str = "text") -> str:
    """A code block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def made() -> dict[str, Callable[[], str]]:
    """Every generated part by its name."""
    return {
        "tables": tables,
        "papers": paper_table,
        "house": page,
        "licences": core_page,
        "forecast first": forecast_first,
        "measured on data": measured_on_data,
        "lawbook plan": lambda: fenced(lawbook("plan", "--all")),
        "published plan": lambda: fenced(lawbook(*PUBLISHED.split(), place=ROOT / ".make" / "nowhere")),
        "newcomer plan": lambda: fenced(opening(first_hour()[-1])),
        "newcomer": lambda: "".join(fenced(f"$ {typed}\n{said}") for typed, said in zip(COMMANDS, first_hour(), strict=True)),
        "notebook": notebook,
        "questions": questions,
        "example query": lambda: fenced(QUERY, "sql") + fenced(lawbook("sql", QUERY)),
    }


LATER = "\n\n    NEXT RUNS\n"
PUBLISHED = "plan --published chinchilla/besiroglu --flops 1e23 1e24 1e25 --accelerator h100-sxm --accelerator-count 1024"
QUERY = """\
SELECT law, flops, round(params) AS params, round(params_low) AS low, round(params_high) AS high, round(data_seen) AS tokens
FROM best_compute_optimal WHERE approach = 'parametric' AND study = 'wind-tunnel-compute-optimal' ORDER BY flops"""


def forecast_first() -> str:
    """What became of the wind tunnel's forecasts."""
    from tests.wind_tunnel.forecast_scores import section

    return section()


def measured_on_data() -> str:
    """What the wind tunnel's runs on data say by themselves."""
    from tests.wind_tunnel.measured import section

    return section()


@cache
def first_hour() -> list[str]:
    """What each command of a newcomer prints."""
    with tempfile.TemporaryDirectory() as folder:
        write_export(Path(folder) / EXPORT)
        return [run(Path(folder), command) for command in COMMANDS]


def opening(plan: str) -> str:
    """A printed plan up to its next runs, which docs/first_study.md prints too."""
    return plan.partition(LATER)[0] + "\n\n    NEXT RUNS ..."


def notebook() -> str:
    """The notebook's cells with what they show."""
    from tests.notebook_page import page

    return page()


def questions() -> str:
    """Every planning question with its table, its view and its function."""
    from pipeline.planning import PLANS

    named = {table.removeprefix("plan_"): plan.question for table, plan in PLANS.items()}
    rows = [f"| {asked} | `plan_{name}` | `best_{name}` | `plan.{name}(fit, ...)` |\n" for name, asked in named.items()]
    return "| question | table | the selected law's rows | in a notebook |\n|---|---|---|---|\n" + "".join(rows)


def tables() -> str:
    """Every published table with its columns, as their COMMENTs say them."""
    from pipeline.schema import TABLES
    from pipeline.schema.views import VIEWS

    parts = []
    for table in [*(t for t in TABLES.values() if t.published), *VIEWS]:
        rows = "\n".join(f"| {c.name} | {c.type} | {c.comment.replace('|', '/')} |" for c in table.with_old_names.columns)
        parts.append(f"### {table.name}\nA row is {table.row}.\n\n| column | type | meaning |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def written(text: str) -> str:
    """The text with every generated part made anew."""
    producers = made()

    def replace(match: re.Match[str]) -> str:
        return match[1] + producers[match["name"]]() + match[4]

    return PART.sub(replace, text)


def documents() -> list[Path]:
    """The files that have generated parts."""
    found = [path for pattern in FILES for path in sorted(ROOT.glob(pattern))]
    return [path for path in found if PART.search(path.read_text())]


def stale_schemas(write: bool) -> list[str]:
    """The JSON Schemas in docs/schemas/ that are not those of the code; `write` makes them so."""
    from pipeline.study.schemas import write_schemas

    with tempfile.TemporaryDirectory() as folder:
        fresh = {path.name: path.read_text() for path in write_schemas(Path(folder))}
    stale = [name for name, text in fresh.items() if not (SCHEMAS / name).exists() or (SCHEMAS / name).read_text() != text]
    if write:
        write_schemas(SCHEMAS)
    return [f"docs/schemas/{name}" for name in stale]


def main(arguments: list[str]) -> int:
    """Writes the parts (--write), or names the files whose parts are out of date."""
    stale = stale_schemas("--write" in arguments)
    for path in documents():
        text = path.read_text()
        fresh = written(text)
        if fresh != text:
            stale.append(str(path.relative_to(ROOT)))
            if "--write" in arguments:
                path.write_text(fresh)
    print("out of date: " + ", ".join(stale) if stale else "all generated parts are current")
    return 0 if "--write" in arguments or not stale else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
