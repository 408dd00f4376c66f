"""`lawbook new` and `lawbook explain`: a first study, and what a study stands on."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.layout import wrapped
from pipeline.cli.spoken import say
from pipeline.errors import LawbookError, meant
from pipeline.terminal import counted

NEAREST = 5
"""Questions that are listed of those that the runs cannot answer yet: the ones that lack least."""

if TYPE_CHECKING:
    from pipeline.home import Home
    from pipeline.study.proposals.proposal import Proposal


def new_arguments(own: ArgumentParser) -> None:
    """`lawbook new [STUDY] [--as NAME] [--all] [--maps]`."""
    own.add_argument("study", nargs="?", metavar="STUDY", help="the proposed study to write (default: list them)")
    own.add_argument("--as", dest="name", metavar="NAME", help="another name for it")
    own.add_argument("--all", action="store_true", help="write every study that is proposed")
    own.add_argument("--maps", action="store_true", help="write drafts of maps for the files that no reader knows")


def new(home: Home, options: Namespace) -> int:
    """Takes what is in the inbox, and proposes the studies that the runs can carry; writes the one that is named.

    `--maps` writes maps instead: files that nobody knows have to be read before anything can be proposed.
    """
    if options.maps:
        return _new_maps(home, options)
    from pipeline.ingest.ingest import ingest
    from pipeline.progress import Lines, reading
    from pipeline.store.statements import sql
    from pipeline.store.warehouse import Warehouse
    from pipeline.study.map_goals import declared_goals
    from pipeline.study.proposals.proposal import missing, proposals, survey

    with Lines() as lines, Warehouse(home) as warehouse:
        taken = ingest(home, warehouse=warehouse, progress=reading(lines))
        groups = survey(warehouse.connection, declared_goals(home))
        runs, unfinished = warehouse.connection.execute(sql("count_runs_in_wait")).fetchall()[0]
    if not groups:
        raise _nothing_to_ask(home, runs, unfinished, taken.quarantined)
    found = {proposal.name: proposal for proposal in proposals(groups)}
    chosen = list(found.values()) if options.all else [_chosen(found, options.study)] if options.study else []
    written = [_written(home, proposal, options.name or proposal.name) for proposal in chosen]
    lacks = [{"question": ask.question, "missing": words} for ask, words in missing(groups)]
    said = {"proposed": [_facts(proposal) for proposal in found.values()], "missing": lacks, "written": written}
    say(options, said, _written_text(written) if chosen else _listed_text(found, lacks))
    return 0


def _nothing_to_ask(home: Home, runs: int, unfinished: int, rejected: int) -> LawbookError:
    """Why no question can be asked of what was logged, and the fix."""
    if unfinished:
        said = f"{counted(unfinished, 'run has', 'runs have')} a metric, and no log says that any of them is finished"
        return LawbookError(said, fix="where they are, say so with `lawbook finish RUN`, or `lawbook finish '*'` for all of them")
    if runs:
        said = f"{counted(runs, 'run is', 'runs are')} in the store, and no finished one has a metric"
        asked = 'say in [columns] of its map which column is the result, as "metric:loss@validation" = "COLUMN"'
        return LawbookError(said, fix=f"{asked}, then try again")
    refused = f"; {counted(rejected, 'row was', 'rows were')} rejected (`lawbook check {home.inbox}` says why)"
    return LawbookError(
        f"no finished run with a metric is in the store{refused if rejected else ''}",
        fix=f"drop logs into {home.inbox}, or let `lawbook new --maps` draft maps for what lies there, then try again",
    )


def _new_maps(home: Home, options: Namespace) -> int:
    """Writes drafts of maps, and says what each reads and what it asks."""
    from pipeline.ingest.maps.drafts import write_drafts

    drawn, unread = write_drafts(home)
    said = [{"map": str(item.path), "files": [str(path) for path in item.files]} for item in drawn]
    lines = [line for item in drawn for line in _drafted_text(item.path, item.files)]
    check = f"`lawbook check {home.inbox}`"
    if unread:
        files = ", ".join(path.name for path in unread[:3]) + (", ..." if len(unread) > 3 else "")
        lines.append(f"no map can be drawn for {counted(len(unread), 'file')} ({files}); {check} says why")
    if drawn:
        lines.append(f"look at them, then run {check} and `lawbook new`")
    say(
        options,
        {"written": said, "unread": [str(path) for path in unread]},
        "\n".join(lines) or "every file has a reader or a map",
    )
    return 0


def _drafted_text(path: Path, files: Sequence[Path]) -> list[str]:
    """A map that was written, how many files it reads, and the comments in it: they ask or warn."""
    more = f" and {len(files) - 1} more like it" if len(files) > 1 else ""
    asked = [f"  {line}" for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    return [f"wrote {path} for {files[0].name if files else 'no file'}{more}", *asked]


def _chosen(found: dict[str, Proposal], name: str) -> Proposal:
    if name in found:
        return found[name]
    known = f"the proposed ones are {', '.join(found)}" if found else "none is proposed; `lawbook new` says what the runs lack"
    raise LawbookError(f"no study {name!r} is proposed{meant(name, found)}", fix=known)


def _written(home: Home, proposal: Proposal, name: str) -> str:
    from pipeline.study.declaration import NAME
    from pipeline.study.map_goals import declared_goals
    from pipeline.study.proposals.written import study_text
    from pipeline.study.schemas import write_schemas
    from pipeline.study.studies import read_study

    if not re.fullmatch(NAME, name):
        raise LawbookError(f"{name!r} is no name of a study", fix="use small letters, digits, dots and dashes")
    path = home.studies / f"{name}.toml"
    if path.exists():
        raise LawbookError(f"{path} is there already", fix="name another with --as, or remove the file")
    path.write_text(study_text(proposal, name), encoding="utf-8")
    write_schemas(home.root / "schemas")
    try:
        read_study(path, declared_goals(home))
    except LawbookError:
        path.unlink()
        raise
    return str(path)


def _facts(proposal: Proposal) -> dict[str, Any]:
    group = proposal.group
    place = {key: group[key] for key in ("namespace", "dataset", "metric", "split", "task")} | {"runs": proposal.fitted}
    return {"study": proposal.name, "question": proposal.ask.question, "laws": list(proposal.ask.competing(group)), **place}


def _written_text(written: list[str]) -> str:
    return "\n".join([*(f"wrote {path}" for path in written), "look at it, then run `lawbook refit` and `lawbook plan`"])


def _listed_text(found: dict[str, Proposal], lacks: list[dict[str, Any]]) -> str:
    lines = ["These runs can answer:"] if found else ["These runs can answer no question yet."]
    width = max((len(name) for name in found), default=0)
    for name, proposal in found.items():
        group = proposal.group
        asked = " ".join(part for part in (group["metric"], group["split"], group["task"]) if part)
        lines.append(f"  {name:<{width}}  {proposal.ask.question}")
        told = f"{counted(proposal.fitted, 'run')} with {asked}; {', '.join(proposal.ask.competing(group))}"
        lines += wrapped(told, " " * (width + 4))
    if lacks:
        nearest = lacks[:NEAREST]
        lines += ["", "Not yet:" if found else "What is missing:"]
        for lack in nearest:
            needs = wrapped(f"needs {', and '.join(lack['missing'])}", "    ", "      ")
            lines += [f"  {lack['question']}", *needs]
        more = len(lacks) - len(nearest)
        lines += [f"  ... {more} more questions (`lawbook new --json` lists them all)"] * (more > 0)
    if found:
        lines += ["", f"write one with `lawbook new {next(iter(found))}`, or all with `lawbook new --all`"]
    return "\n".join(lines)


def explain_arguments(own: ArgumentParser) -> None:
    """`lawbook explain STUDY`."""
    own.add_argument("study", metavar="STUDY", help="the study to explain")
    own.add_argument(
        "--filters", action="store_true", help="also what its laws miss of held-out runs without starved runs and the like"
    )


def explain(home: Home, options: Namespace) -> int:
    """Says which runs a study uses and leaves out, what varies among them, and which laws can answer."""
    from dataclasses import asdict, replace

    from pipeline.cli.explain_text import explain_text
    from pipeline.laws import load_user_laws
    from pipeline.store.warehouse import Warehouse
    from pipeline.study.explained import explain_study
    from pipeline.study.filters import compared
    from pipeline.study.observations import observations
    from pipeline.study.studies import load_studies

    load_user_laws(home.laws)
    studies, errors = load_studies(home)
    known = {study.study: study for study in studies}
    if options.study not in known:
        wrong = [str(error) for error in errors if options.study in error.place]
        names = ", ".join(known) or "none yet: `lawbook new` proposes one"
        hint = meant(options.study, known)
        said = "; ".join([f"there is no valid study {options.study!r}{hint}", *wrong])
        raise LawbookError(said, fix=f"the studies are {names}")
    with Warehouse(home) as warehouse:
        found = explain_study(warehouse.connection, known[options.study])
        if options.filters:
            rows = observations(warehouse.connection, known[options.study])
            found = replace(found, filters=compared(warehouse.connection, known[options.study], rows, home.laws))
    say(options, asdict(found), explain_text(found))
    return 0
