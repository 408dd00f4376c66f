"""Studies are read from TOML files, one each, and checked against laws, columns and hardware; errors name file, key and fix."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from pipeline.config import explained
from pipeline.declarations import text_of, toml, unread
from pipeline.errors import HardwareError, StudyError, meant
from pipeline.hardware import SHIPPED, load_hardware
from pipeline.home import Home
from pipeline.laws import laws
from pipeline.places import expanded
from pipeline.study.checks.declared import ALONE, WITH_ITS_LAWS, check_known
from pipeline.study.declaration import Study
from pipeline.study.map_goals import Goals, declared_goals, with_goal


def load_studies(home: Home) -> tuple[list[Study], list[StudyError]]:
    """The studies of the project and of the home, and all errors of each file that is no valid study.

    A study of the home replaces one of the project with the same name.
    """
    found: dict[str, Study] = {}
    errors: list[StudyError] = []
    goals: Goals = {}
    try:
        goals = declared_goals(home)
    except StudyError as error:
        errors.append(error)
    for folder in (home.project_studies, home.studies):
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                study = _priced(_parsed(path, goals), home)
            except StudyError as error:
                errors.append(error)
                continue
            wrong = _errors(study, path)
            if study.study in here:
                said = f"study = {study.study!r} is also in {here[study.study].name}"
                wrong.append(StudyError(said, place=str(path), fix="rename one of them"))
            if wrong:
                errors += wrong
                continue
            here[study.study] = path
            found[study.study] = study
    for lost in list(_without_source(found)):
        errors.append(lost)
        found = {name: study for name, study in found.items() if not lost.place.startswith(str(study.source))}
    return sorted(found.values(), key=lambda study: study.study), errors


def _priced(study: Study, home: Home) -> Study:
    """The study with the hardware table that config.toml names, for a study can name no file; its accelerator must be there."""
    own = home.config.hardware
    table = None if own is None else (home.root / expanded(own)).resolve()
    _known_accelerator(study, table)
    return study.model_copy(update={"plan": {**study.plan, "hardware": str(table)}}) if table else study


def _known_accelerator(study: Study, table: Path | None) -> None:
    name = study.plan.get("accelerator")
    try:
        known = sorted(load_hardware(table).accelerators)
    except HardwareError:  # said where a plan needs the table: the study itself is right
        return
    if name is not None:
        check_known([str(name)], known, f"{study.source}: [plan] accelerator", f"accelerator of {table or SHIPPED}")


def read_study(path: Path, goals: Goals | None = None) -> Study:
    """The study in `path`, with what maps say of its metric. Raises the first StudyError, which names file, key and fix."""
    study = _parsed(path, goals)
    for error in _errors(study, path):
        raise error
    return study


def declared_name(path: Path) -> str:
    """What a file calls its study, be it valid or not; the file's own name where it does not say."""
    try:
        name = toml(text_of(path)).get("study")
    except (OSError, ValueError):
        return path.stem
    return name if isinstance(name, str) else path.stem


def _parsed(path: Path, goals: Goals | None) -> Study:
    try:
        declared = toml(text_of(path))
    except (OSError, ValueError) as error:
        message, fix = unread(error)
        raise StudyError(message, place=str(path), fix=fix) from error
    if "source" in declared:
        raise StudyError("unknown key 'source'", place=str(path), fix="remove it, the file itself is the source")
    try:
        return with_goal(Study.model_validate({**declared, "source": path}), goals or {})
    except ValidationError as error:
        message, fix = explained(error, Study)
        raise StudyError(message, place=str(path), fix=fix) from error


def _errors(study: Study, path: Path) -> list[StudyError]:
    """Every error of a study whose keys are in shape; what is asked of its laws only where there are such laws."""
    known = all(name in laws for name in (*study.laws, *study.first_laws))
    found = []
    for check in (*ALONE, *(WITH_ITS_LAWS if known else ())):
        try:
            check(study, path)
        except StudyError as error:
            found.append(error)
    return found


def _without_source(found: Mapping[str, Study]) -> Iterator[StudyError]:
    """An error for each study whose `prior_from` leads to no study, or back to itself."""
    for study in found.values():
        chain, source = [study.study], study.prior_from
        while source is not None and "/" not in source and source not in chain:
            if source not in found:
                known = sorted(set(found) - {study.study})
                yield StudyError(
                    f"prior_from: there is no valid study {source!r}{meant(source, known)}",
                    place=str(study.source),
                    fix=f"name one of {', '.join(known) or 'none'}, or LAW/SETTING of published constants",
                )
                break
            chain, source = [*chain, source], found[source].prior_from
        if source in chain:
            ring = " -> ".join([*chain, str(source)])
            said = f"prior_from: {ring}: no study can come first"
            yield StudyError(said, place=str(study.source), fix="remove one prior_from")
