"""The commands of `lawbook`. A command imports what it needs when it runs: `lawbook --help` waits for nothing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.cli import home_commands as homes
from pipeline.cli import published_commands as published
from pipeline.cli import refit_commands as refits
from pipeline.cli import study_commands as studies

if TYPE_CHECKING:
    from pipeline.home import Home


@dataclass(frozen=True)
class Command:
    """One command: a line of help, its arguments, what it does with them, and whether it makes the home where there is none."""

    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Home, Namespace], int]
    makes_home: bool = False
    demo: bool = False  # it works in the demo home
    watched: bool = False  # it may need much memory: another process says so where the system ends it


def _nothing(_own: ArgumentParser) -> None:
    """A command without arguments of its own."""


COMMANDS = {
    "refit": Command(
        "ingest what is new, fit what changed, publish", refits.refit_arguments, refits.refit, makes_home=True, watched=True
    ),
    "demo": Command(
        "fit the runs that ship with the project, in a home of its own",
        refits.demo_arguments,
        refits.demo,
        demo=True,
        watched=True,
    ),
    "check": Command(
        "say what would be ingested and what refused; write nothing", refits.check_arguments, refits.check, watched=True
    ),
    "plan": Command("print the plan of a study, of all, or from published constants", published.plan_arguments, published.plan),
    "new": Command("propose studies that your runs can carry", studies.new_arguments, studies.new, makes_home=True),
    "explain": Command("say which runs and laws a study stands on", studies.explain_arguments, studies.explain),
    "pictures": Command(
        "draw the pictures of a study, or of all, as PNG and SVG files", published.study_arguments, published.pictures
    ),
    "laws": Command("print the law book", _nothing, published.laws),
    "sql": Command("ask the published file, read-only", published.sql_arguments, published.sql),
    "publish": Command("publish what is in the store, without a refit", refits.publish_arguments, refits.publish),
    "exclude": Command("keep a run visible but out of every fit", homes.exclude_arguments, homes.exclude, makes_home=True),
    "finish": Command("say that a run is finished, where its log cannot", homes.finish_arguments, homes.finish, makes_home=True),
    "doctor": Command("say what is wrong with this installation, and the fix", _nothing, homes.doctor),
    "home": Command("say where everything is", homes.home_arguments, homes.home, makes_home=True),
}
