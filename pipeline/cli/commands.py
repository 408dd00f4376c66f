"""What each command of `lawbook` does. A command imports what it needs when it runs: `lawbook --help` waits for nothing."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import published_constants as constants
from pipeline.cli import study_commands as studies
from pipeline.cli.spoken import say, tell
from pipeline.errors import LawbookError, LockedError, QueryError, WarehouseError
from pipeline.terminal import shown

if TYPE_CHECKING:
    import duckdb

    from pipeline.home import Home
    from pipeline.refit.refit import RefitReport


@dataclass(frozen=True)
class Command:
    """One command: a line of help, its arguments, what it does with them, and whether it makes the home where there is none."""

    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Home, Namespace], int]
    makes_home: bool = False
    demo: bool = False  # it works in the demo home
    watched: bool = False  # it may need much memory: another process says so where the system ends it


def published(home: Home) -> duckdb.DuckDBPyConnection:
    """The published file, read-only. Raises WarehouseError where nothing has been published yet."""
    if not home.published_db.exists():
        raise WarehouseError(f"{home.published_db} is not there yet", fix="run `lawbook refit` first")
    import duckdb

    try:
        return duckdb.connect(str(home.published_db), read_only=True)
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise WarehouseError(
                f"{home.published_db} does not open: {error}", fix="`lawbook refit` publishes it anew"
            ) from error
        fix = "close it there, or open it read-only: readers never hold each other up"
        raise LockedError(f"{home.published_db} is open for writing in another program", fix=fix) from error


def _refit_arguments(own: ArgumentParser) -> None:
    own.add_argument("--study", action="append", metavar="S", help="refit only this study; may be repeated")
    own.add_argument("--audit", action="store_true", help="search for every fit from scratch and compact, as each night")


def _refit(home: Home, options: Namespace) -> int:
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
    return report


def _demo_arguments(own: ArgumentParser) -> None:
    own.add_argument("--prepare", action="store_true", help="only make the home; the next refit takes the shipped runs")
    for name in ("refit", "plan"):  # what it runs after one another, each as if it were asked nothing else
        plain = ArgumentParser()
        COMMANDS[name].arguments(plain)
        own.set_defaults(**vars(plain.parse_args([])))


def _demo(home: Home, options: Namespace) -> int:
    if options.prepare:
        say(options, {"home": home.root}, f"{home.root} takes the shipped runs and studies at its next refit")
        return 0
    code = _refit(home, options)
    if not options.json:
        print()
        _plan(home, options)
        print("\nthis is the demo home; `lawbook refit` in a home of your own starts with your runs alone")
    return code


def _check_arguments(own: ArgumentParser) -> None:
    own.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a log file or folder")
    own.add_argument("--map", type=Path, help="the map to read it with")


def _check(home: Home, options: Namespace) -> int:
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


def _study_arguments(own: ArgumentParser) -> None:
    own.add_argument("study", nargs="?", metavar="STUDY", help="one study (default: all)")


def _plan_arguments(own: ArgumentParser) -> None:
    _study_arguments(own)
    own.add_argument("--all", action="store_true", help="print every plan, not only what is needed first")


def _every_plan_argument(own: ArgumentParser) -> None:
    _plan_arguments(own)
    constants.arguments(own)


def _plan(home: Home, options: Namespace) -> int:
    from pipeline.cli.plan_text import plan_json, plan_text

    if getattr(options, "published", None):
        return constants.run(options)
    with published(home) as connection:
        if options.json:
            print(json.dumps(plan_json(connection, options.study), default=str, ensure_ascii=False))
        else:
            print(plan_text(connection, options.study, home, options.all))
    return 0


def _pictures(home: Home, options: Namespace) -> int:
    from pipeline.report import write_pictures
    from pipeline.store.statements import sql

    with published(home) as connection:
        known = [row[0] for row in connection.execute(sql("select_study_names")).fetchall()]
    if options.study is not None and options.study not in known:
        raise LawbookError(f"no study {options.study!r} is published", fix=f"the studies are {', '.join(known) or 'none yet'}")
    paths = write_pictures(home, options.study)
    say(options, [str(path) for path in paths], "\n".join(map(str, paths)) or "no study has rows to draw yet")
    return 0


def _laws(home: Home, options: Namespace) -> int:
    from pipeline.laws import load_user_laws
    from pipeline.laws.book import law_rows

    for error in load_user_laws(home.laws):
        tell(str(error))
    rows = law_rows().to_dicts()
    text = "\n".join(_law_text(row) for row in rows)
    say(options, rows, text)
    return 0


def _law_text(row: dict[str, Any]) -> str:
    lines = (row["question"], f"{row['response']} = {row['formula']}", row["source"])
    return f"{row['law']:<28} " + f"\n{'':<28} ".join(lines)


SQL_HELP = 'The published file is only read, and no other; `lawbook sql "SHOW TABLES"` lists its tables.'


def _sql_arguments(own: ArgumentParser) -> None:
    own.add_argument("query", metavar="QUERY", help="SQL on the published tables")


def _sql(home: Home, options: Namespace) -> int:
    import duckdb

    from pipeline.cli.answers import table_text
    from pipeline.store.statements import sql

    with published(home) as connection:
        connection.execute(sql("set_external_access_off"))
        try:
            answer = connection.execute(options.query)
            names = [item[0] for item in answer.description or []]
            rows = answer.fetchall()
        except duckdb.Error as error:
            raise QueryError(str(error), fix=SQL_HELP) from error
    say(options, [dict(zip(names, row, strict=True)) for row in rows], table_text(names, rows))
    return 0


def _exclude_arguments(own: ArgumentParser) -> None:
    own.add_argument("run", metavar="RUN", help="run_key, run_id, or namespace/run_id")
    own.add_argument("--reason", required=True, help="why; it is shown beside the run")


def _exclude(home: Home, options: Namespace) -> int:
    from pipeline.ingest.exclusion import exclude

    key, run = exclude(home, options.run, options.reason)
    text = f"{run} is excluded from every fit ({options.reason}); `lawbook refit` brings the plans up to date"
    say(options, {"run_key": key, "run": run, "reason": options.reason}, text)
    return 0


def _finish_arguments(own: ArgumentParser) -> None:
    own.add_argument("run", metavar="RUN", help="run_key, run_id, or namespace/run_id")


def _finish(home: Home, options: Namespace) -> int:
    from pipeline.ingest.exclusion import finish

    key, run = finish(home, options.run)
    say(options, {"run_key": key, "run": run}, f"{run} is finished; `lawbook refit` fits it")
    return 0


def _doctor(home: Home, options: Namespace) -> int:
    from pipeline.operations.doctor import examine, text

    found = examine(home)
    say(options, [asdict(finding) for finding in found], text(found))
    return int(any(finding.state == "error" for finding in found))


def _home_arguments(own: ArgumentParser) -> None:
    own.add_argument("--create", action="store_true", help="make the folders and Dagster's settings if they are missing")


def _home(home: Home, options: Namespace) -> int:
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


def _publish_arguments(own: ArgumentParser) -> None:
    text = "write everything anew: one compact file, and one Parquet file a table, to hand around"
    own.add_argument("--self-contained", action="store_true", help=text)


def _publish(home: Home, options: Namespace) -> int:
    from pipeline.store.publication.publish import publish

    changed = publish(home, whole=options.self_contained)
    places = {"published": changed, "published_db": str(home.published_db), "published_dir": str(home.published_dir)}
    unchanged = "" if changed else " (unchanged)"
    say(options, places, f"published: {home.published_db}{unchanged}\nParquet: {home.published_dir}")
    return 0


def _nothing(_own: ArgumentParser) -> None:
    """A command without arguments of its own."""


COMMANDS = {
    "refit": Command("ingest what is new, fit what changed, publish", _refit_arguments, _refit, makes_home=True, watched=True),
    "demo": Command(
        "fit the runs that ship with the project, in a home of its own", _demo_arguments, _demo, demo=True, watched=True
    ),
    "check": Command("say what would be ingested and what refused; write nothing", _check_arguments, _check, watched=True),
    "plan": Command("print the plan of a study, of all, or from published constants", _every_plan_argument, _plan),
    "new": Command("propose studies that your runs can carry", studies.new_arguments, studies.new, makes_home=True),
    "explain": Command("say which runs and laws a study stands on", studies.explain_arguments, studies.explain),
    "pictures": Command("draw the pictures of a study, or of all, as PNG and SVG files", _study_arguments, _pictures),
    "laws": Command("print the law book", _nothing, _laws),
    "sql": Command("ask the published file, read-only", _sql_arguments, _sql),
    "publish": Command("publish what is in the store, without a refit", _publish_arguments, _publish),
    "exclude": Command("keep a run visible but out of every fit", _exclude_arguments, _exclude, makes_home=True),
    "finish": Command("say that a run is finished, where its log cannot", _finish_arguments, _finish, makes_home=True),
    "doctor": Command("say what is wrong with this installation, and the fix", _nothing, _doctor),
    "home": Command("say where everything is", _home_arguments, _home, makes_home=True),
}
