"""`lawbook exclude`, `finish`, `doctor` and `home`: what a person says of a run, and how the home is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from pipeline.cli.spoken import say
from pipeline.terminal import counted

if TYPE_CHECKING:
    from pipeline.home import Home


def exclude_arguments(own: ArgumentParser) -> None:
    """`lawbook exclude RUN --reason R`."""
    own.add_argument("run", metavar="RUN", help="run_key, run_id, or namespace/run_id")
    own.add_argument("--reason", required=True, help="why; it is shown beside the run")


def exclude(home: Home, options: Namespace) -> int:
    """Keeps a run visible but out of every fit."""
    from pipeline.ingest.exclusion import exclude

    key, run = exclude(home, options.run, options.reason)
    text = f"{run} is excluded from every fit ({options.reason}); `lawbook refit` brings the plans up to date"
    say(options, {"run_key": key, "run": run, "reason": options.reason}, text)
    return 0


def finish_arguments(own: ArgumentParser) -> None:
    """`lawbook finish RUN`."""
    own.add_argument("run", metavar="RUN", help="run_key, run_id, namespace/run_id, or a pattern such as 'lab/*'")


def finish(home: Home, options: Namespace) -> int:
    """Says that a run, or every run whose name matches a pattern, is finished."""
    from pipeline.ingest.exclusion import finish, finish_like

    if "*" in options.run:
        names = finish_like(home, options.run)
        are, them = ("is", "it") if len(names) == 1 else ("are", "them")
        say(options, {"runs": names}, f"{counted(len(names), 'run')} {are} finished; `lawbook refit` fits {them}")
        return 0
    key, run = finish(home, options.run)
    say(options, {"run_key": key, "run": run}, f"{run} is finished; `lawbook refit` fits it")
    return 0


def doctor(home: Home, options: Namespace) -> int:
    """Says what is wrong with this installation, and the fix; 1 where anything is an error."""
    from pipeline.operations.doctor import examine, text

    found = examine(home)
    say(options, [asdict(finding) for finding in found], text(found))
    return int(any(finding.state == "error" for finding in found))


def home_arguments(own: ArgumentParser) -> None:
    """`lawbook home [--create]`."""
    own.add_argument("--create", action="store_true", help="make the folders and Dagster's settings if they are missing")


def home(home: Home, options: Namespace) -> int:
    """Says where everything is, and makes Dagster's settings where asked."""
    from pipeline.places import SHIPPED

    folder = home.root / "dagster"
    if options.create:
        folder.mkdir(exist_ok=True)
        settings = folder / "dagster.yaml"
        if not settings.exists():
            settings.write_text((SHIPPED / "assets" / "dagster.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    places = {"home": home.root, "inbox": home.inbox, "published": home.published_db, "dagster": folder}
    say(options, places, "\n".join(f"{name:<10} {path}" for name, path in places.items()))
    return 0
