"""`lawbook refit`, `demo`, `check` and `publish`: what ingests, fits and publishes, or says what would be ingested."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.published_commands import plan, plan_arguments
from pipeline.cli.spoken import say, tell
from pipeline.terminal import shown

if TYPE_CHECKING:
    from pipeline.home import Home
    from pipeline.refit.refit import RefitReport


def refit_arguments(own: ArgumentParser) -> None:
    """`lawbook refit [--study S]… [--audit]`."""
    own.add_argument("--study", action="append", metavar="S", help="refit only this study; may be repeated")
    own.add_argument("--audit", action="store_true", help="search for every fit from scratch and compact, as each night")


def refit(home: Home, options: Namespace) -> int:
    """Ingests, refits and publishes; where nothing has changed since the last time it says so at once."""
    from pipeline.refit.idle import Idle

    idle = None if options.study or options.audit else Idle(home)
    if idle and (answer := idle.answer()):
        say(options, answer["json"], answer["text"])
        return 0
    report = _refitted(home, options)
    if idle and report.exit_code == 0:
        from pipeline.cli.answers import again, refit_json, refit_text

        nothing = again(report)
        idle.remember({"json": refit_json(nothing, home), "text": refit_text(nothing, home)})
    return report.exit_code


def _refitted(home: Home, options: Namespace) -> RefitReport:
    """Refits in earnest, and says what was done and what failed."""
    from pipeline.cli.answers import refit_json, refit_text
    from pipeline.compute import dashboard, mapper
    from pipeline.progress import Lines
    from pipeline.refit.refit import refit

    lines = Lines()
    with mapper(home.config.compute) as compute, lines:
        if page := dashboard(compute):
            tell(f"Dask's dashboard is at {page}")
        report = refit(home, options.study, audit=options.audit, map=compute, progress=lines)
    say(options, refit_json(report, home), refit_text(report, home))
    for error in report.errors:
        tell(str(error))
    for study, reason in report.failed.items():
        tell(f"study {study} failed: {reason}")
    _tell_unread(report)
    return report


def _tell_unread(report: RefitReport) -> None:
    """Names the logs that cannot be read, each with its fix, and the studies that may lack nothing but these."""
    from pipeline.ingest.unread import NAMED

    away = report.ingested.unread if report.ingested else {}
    for place, said in list(away.items())[:NAMED]:
        tell(said if said.startswith(place) else f"{place}: {said}")
    if len(away) > NAMED:
        tell(f'{len(away) - NAMED} more cannot be read; lawbook sql "SELECT source_uri, detail FROM quarantine" names them')
    for study, reason in report.waiting.items():
        tell(f"study {study} waits for what cannot be read: without it {reason}")


def demo_arguments(own: ArgumentParser) -> None:
    """`lawbook demo [--prepare]`, and what refit and plan want to know."""
    own.add_argument("--prepare", action="store_true", help="only make the home; the next refit takes the shipped runs")
    for arguments in (refit_arguments, plan_arguments):  # what it runs one after the other, each as if it were asked nothing else
        plain = ArgumentParser()
        arguments(plain)
        own.set_defaults(**vars(plain.parse_args([])))


def demo(home: Home, options: Namespace) -> int:
    """Fits the shipped runs in the demo home and prints the plans."""
    if options.prepare:
        say(options, {"home": home.root}, f"{home.root} takes the shipped runs and studies at its next refit")
        return 0
    code = refit(home, options)
    if not options.json:
        print()
        plan(home, options)
        print("\nthis is the demo home; `lawbook refit` in a home of your own starts with your runs alone")
    return code


def check_arguments(own: ArgumentParser) -> None:
    """`lawbook check FILE… [--map M]`."""
    own.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a log file or folder")
    own.add_argument("--map", type=Path, help="the map to read it with")


def check(home: Home, options: Namespace) -> int:
    """Says of each file what would be ingested and what rejected; nothing is written."""
    from pipeline.ingest.check import check
    from pipeline.progress import Lines, Spoken, reading
    from pipeline.study.repeats import proxy_words
    from pipeline.study.studies import load_studies

    reports = []
    studies, _ = load_studies(home)
    with Lines() as lines, Spoken(lines) as at:
        for path in options.files:
            said = check(path, options.map, home, progress=reading(at), also=lambda store: proxy_words(store, studies))
            reports.append((str(path), said))
    text = "\n".join(f"{shown(path)}: {report.summary()}" for path, report in reports)
    say(options, {path: report.to_json() for path, report in reports}, text)
    return 0


def publish_arguments(own: ArgumentParser) -> None:
    """`lawbook publish [--self-contained]`."""
    text = "write everything anew: one compact file, and one Parquet file a table, to hand around"
    own.add_argument("--self-contained", action="store_true", help=text)


def publish(home: Home, options: Namespace) -> int:
    """Publishes what is in the store, without a refit."""
    from pipeline.store.publication.publish import publish

    changed = publish(home, whole=options.self_contained)
    places = {"published": changed, "published_db": str(home.published_db), "published_dir": str(home.published_dir)}
    unchanged = "" if changed else " (unchanged)"
    say(options, places, f"published: {home.published_db}{unchanged}\nParquet: {home.published_dir}")
    return 0
