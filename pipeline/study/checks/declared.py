"""What a study is held to before any run is read: laws, columns, goal, shared parameters. Errors name the key and the fix."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pipeline.errors import FitError, StudyError, meant
from pipeline.fitting.published import constants_named
from pipeline.laws import laws
from pipeline.schema.metrics import METRICS, known
from pipeline.study.checks.plan_questions import check_questions
from pipeline.study.declaration import CONVENTIONS, MEASURED, RUN_COLUMNS, Study
from pipeline.study.sweeps.reached import check_reach

MANY = 50
"""Names that an error does not list any more: only laws are so many."""


def check_known(names: Sequence[str], known: Iterable[str], where: str, what: str) -> None:
    """Refuses names that are not known, with the nearest that is."""
    known = list(known)
    if unknown := [f"{name!r} is no {what}{meant(name, known)}" for name in names if name not in known]:
        named = f"use one of {', '.join(known)}"
        counted = f"`lawbook laws` lists the {len(known)} that there are"
        raise StudyError("; ".join(unknown), place=where, fix=named if len(known) < MANY else counted)


def _check_laws(study: Study, path: Path) -> None:
    check_known(study.laws, laws, f"{path}: laws", "law")
    check_known(study.first_laws, laws, f"{path}: chain", "law")


def _check_accepted(study: Study, path: Path) -> None:
    check_known(study.accept, CONVENTIONS, f"{path}: accept", "convention")


def _check_groups(study: Study, path: Path) -> None:
    groups = [*RUN_COLUMNS, *MEASURED]
    check_known([g for g in study.group_by if not g.startswith("tags.")], groups, f"{path}: group_by", "column of runs")


def _check_plan(study: Study, path: Path) -> None:
    try:
        check_questions(study.plan, {column for law in study.law_objects() for column in law.columns})
    except StudyError as error:
        raise StudyError.at(str(path), error) from error


def _check_cut(study: Study, path: Path) -> None:
    if "keep_fraction" in study.plan and not any(law.pooled for law in study.law_objects()):
        raise StudyError(
            "[plan] keep_fraction: no law of the study sums over pools",
            place=str(path),
            fix="add one, like pooled_effective_loss",
        )


def _check_held(study: Study, path: Path) -> None:
    parameters = {parameter.name for law in study.law_objects() for parameter in law.parameters}
    parameters |= {*study.laws, *study.first_laws}
    for table, values in (("fix", study.fix), ("prior", study.prior)):
        check_known(
            [name.partition("[")[0] for name in values], sorted(parameters), f"{path}: [{table}]", "parameter of its laws"
        )


def _goal(study: Study, path: Path) -> None:
    """Refuses a metric of which nobody says whether less or more is better, and a study that contradicts what is known."""
    found = known(study.metric)
    if found is None and study.goal is None:
        raise StudyError(
            f"metric {study.metric!r} is none of the known ones{meant(study.metric, list(METRICS))}: nobody says whether less or "
            "more of it is better",
            place=str(path),
            fix='add goal = "lower" or goal = "higher" (and range = "fraction", "positive" or "any"), here or in its map',
        )
    if found is not None and found.firm and study.goal not in (None, found.goal):
        better = f"{found.goal} is better" if found.goal else "a quantity that is neither better low nor high"
        raise StudyError(
            f"goal = {study.goal!r}: {study.metric} is known ({better})",
            place=str(path),
            fix="remove the goal, or log another metric's values under another name",
        )


def _check_chain(study: Study, path: Path) -> None:
    """Refuses a chain whose laws do not meet in its column."""
    where = f"{path}: chain"
    if study.link is None:
        return
    if both := sorted(set(study.first_laws) & set(study.laws)):
        raise StudyError(
            f"{both[0]!r} is among `laws` too", place=where, fix=f"name there the laws that read {study.link!r} alone"
        )
    own = [laws[name] for name in study.laws]
    if not any(study.link in law.columns for law in own):  # others are direct, rivals of the chain
        read = " and ".join(f"{law.name} reads {', '.join(law.columns)}" for law in own)
        raise StudyError(
            f"no law of the study reads {study.link!r} ({read})", place=where, fix="name a column of one, or a law that reads it"
        )
    if not study.first_laws:
        fix = f'name one, like chain = {{ {study.link} = "chinchilla" }}'
        raise StudyError(f"no law predicts {study.link!r}", place=where, fix=fix)
    if study.reduce is not None or study.constants is not None:
        raise StudyError(
            "a chain is of runs as they are", place=where, fix="remove `reduce` or `constants`, or ask in two studies"
        )


def _check_constants(study: Study, path: Path) -> None:
    if study.constants is None:
        return
    try:
        law, _ = constants_named(study.constants)
    except FitError as error:
        raise StudyError.at(f"{path}: constants", error) from error
    if study.laws != (law.name,) or study.group_by:
        fix = f"say laws = ['{law.name}'], and no group_by"
        raise StudyError(f"constants are those of {law.name}", place=str(path), fix=fix)


def _check_share(study: Study, path: Path) -> None:
    """Refuses shared parameters that no law has, and those that nobody could say anything of."""
    if study.prior_from is not None and not study.share:
        said = "prior_from says whose the shared parameters are, and none is shared"
        raise StudyError(said, place=str(path), fix='add share = ["alpha", ...]')
    common = {parameter.name for law in study.law_objects() for parameter in law.parameters if parameter.per is None}
    check_known(study.share, sorted(common), f"{path}: share", "parameter of its laws that cohorts can share")
    if study.share and study.prior_from is None and not study.group_by:
        fix = "add group_by = [...], or prior_from = a study or LAW/SETTING"
        raise StudyError("share: one cohort has nobody to share with", place=str(path), fix=fix)
    if study.share and study.constants is not None:
        said = "share: published constants are no fit that could share"
        raise StudyError(said, place=str(path), fix="remove share, or constants")
    if study.prior_from is not None and "/" in study.prior_from:
        try:
            law, _ = constants_named(study.prior_from)
        except FitError as error:
            raise StudyError(f"prior_from: {error.what}", place=str(path), fix=error.fix) from error
        check_known([law.name], study.laws, f"{path}: prior_from", "law of this study")


Check = Callable[[Study, Path], object]
ALONE: tuple[Check, ...] = (
    lambda study, _: study.predicate(),
    lambda study, _: study.exclusion(),
    lambda study, _: study.kept_back(),
    _check_laws,
    _goal,
    _check_accepted,
    _check_groups,
)
"""What is asked of a study by itself; each raises StudyError."""
WITH_ITS_LAWS: tuple[Check, ...] = (
    _check_chain,
    lambda study, _: check_reach(study),
    _check_constants,
    _check_share,
    _check_plan,
    _check_cut,
    _check_held,
)
"""What is asked of a study together with its laws, in this order."""
