"""Which studies are declared: those that are asked for, in the order in which they are fitted, and those that no longer are."""

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from pipeline.errors import LawbookError, StudyError
from pipeline.home import Home
from pipeline.laws import load_user_laws
from pipeline.planning import PLANS
from pipeline.store.statements import sql
from pipeline.store.store import current_rows, retire, transaction
from pipeline.store.warehouse import now
from pipeline.study.declaration import Study
from pipeline.study.studies import declared_name, load_studies


def declared(home: Home, only: Collection[str] | None = None) -> tuple[list[Study], list[LawbookError]]:
    """The studies that are asked for, by name (one alone may be a text), and every error in a law, study or name. User laws are
    loaded first."""
    only = [only] if isinstance(only, str) else only
    errors: list[LawbookError] = list(load_user_laws(home.laws))
    known, wrong = load_studies(home)
    errors += wrong
    if only:
        missing = sorted(set(only) - {study.study for study in known})
        names = ", ".join(study.study for study in known) or "none"
        errors += [StudyError(f"there is no valid study {name!r}", fix=f"the studies are {names}") for name in missing]
        known = [study for study in known if study.study in set(only)]
    return known, errors


def declarations(home: Home) -> list[Path]:
    """The files in which studies are declared, valid or not."""
    return [path for folder in (home.project_studies, home.studies) for path in sorted(folder.glob("*.toml"))]


def broken_studies(home: Home, errors: Sequence[LawbookError]) -> dict[str, list[str]]:
    """The studies that are declared and not valid: of each the words of all errors of its file."""
    found = {path: [str(error) for error in errors if str(error).startswith(f"{path}:")] for path in declarations(home)}
    return {declared_name(path): words for path, words in found.items() if words}


def sources_first(studies: Sequence[Study]) -> list[Study]:
    """The studies in their order, each after the one that its `prior_from` names."""
    by_name, placed = {study.study: study for study in studies}, dict[str, Study]()

    def place(study: Study) -> None:
        source = by_name.get(study.prior_from or "")
        if source is not None and source.study not in placed:
            place(source)
        placed.setdefault(study.study, study)

    for study in studies:
        place(study)
    return list(placed.values())


def known_studies(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The names of the studies that the store has something of; none before the first refit."""
    return {row[0] for row in connection.execute(sql("select_study_names")).fetchall()}


def remove_undeclared(home: Home, connection: duckdb.DuckDBPyConnection, known: Sequence[Study]) -> None:
    """Takes the plans of studies that are no longer declared out of the store; their fits stay as history.

    `known` are declared for sure; only where the store has more are all declarations read.
    """
    stored = known_studies(connection)
    if stored <= {study.study for study in known}:
        return
    declared_now, wrong = load_studies(home)
    if wrong:
        return  # a study whose file cannot be read keeps its plans until it can
    gone = sorted(stored - {study.study for study in declared_now})
    for name in gone:
        with transaction(connection):
            retire(connection, current_rows(connection, name)["fit_id"].to_list(), now(), home.root / "draws")
            for table in (*PLANS, "plan_notes", "alarms", "early_stopping", "studies"):
                connection.execute(sql("delete_study_rows", table=table), {"study": name})
