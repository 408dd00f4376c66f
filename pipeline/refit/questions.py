"""The planning questions of one study as pieces of work: a plan of one fit, or of a pair; any worker can answer it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import polars as pl

from pipeline.errors import LawbookError
from pipeline.fitting.evidence.chain import each_through
from pipeline.fitting.evidence.combination import CombinedFit, members_of
from pipeline.fitting.published import constants_named, paper_rows
from pipeline.laws import laws, load_user_laws
from pipeline.planning import PLANS, Plan
from pipeline.planning.outside import outside
from pipeline.planning.plan import Fitted, in_range
from pipeline.planning.setting import Setting
from pipeline.store.store import Stored
from pipeline.study.conventions import check_compared
from pipeline.study.declaration import Study
from pipeline.study.observations import without_needs
from pipeline.study.reductions import response_of


@dataclass(frozen=True)
class Question:
    """One plan of one fit; `other` is the fit that it is compared with, and its rows."""

    table: str
    study: Study
    stored: Stored
    rows: pl.DataFrame
    user_laws: Path
    other: tuple[Stored, pl.DataFrame] | None = None
    together: tuple[tuple[Stored, pl.DataFrame], ...] = ()
    """All selected fits with their rows, for a plan that is about all of them."""


@dataclass(frozen=True)
class Answer:
    """The rows of a plan table, if it has any, or the reason in words why there is no plan."""

    table: str
    rows: pl.DataFrame | None = None
    note: dict[str, str | None] | None = None


def questions(study: Study, fits: list[Stored], frame: pl.DataFrame, user_laws: Path) -> list[Question]:
    """Every plan that a fit's law can answer, each comparison of two cohorts whose laws both can, and those of all together.

    The first laws of a chain answer through it alone: what they predict is no value of the study's metric.
    """
    fits = [stored for stored in fits if study.link is None or response_of(study, stored.law) != study.link]
    selected = [stored for stored in fits if stored.selected]
    return [
        *_alone(study, fits, frame, user_laws),
        *_through_the_link(fits, frame, study, user_laws),
        *_compared(study, selected, frame, user_laws),
        *_together(study, selected, frame, user_laws),
    ]


def answer(question: Question) -> Answer:
    """Builds one plan. What it cannot answer is a note; it stops no other."""
    plan, stored = PLANS[question.table], question.stored
    if any(law.name not in laws for law in members_of(stored.law)):
        load_user_laws(question.user_laws)
    try:
        built = _built(plan, question)
    except LawbookError as error:
        return Answer(plan.table, note=_note(question, error))
    if question.together:
        return Answer(plan.table, _placed_together(built, question) if built.height else None)
    empty = not built.height and question.other is None
    return Answer(plan.table, None if empty else _placed(built, question.study, stored, question.rows))


def _built(plan: Plan, question: Question) -> pl.DataFrame:
    if plan.gather is not None and question.together:
        return plan.gather(question.study, [Fitted(stored.fit, stored.cohort, rows) for stored, rows in question.together])
    if question.other is None:
        return plan.build(question.stored.fit, question.study, question.rows)
    assert plan.compare is not None
    other, theirs = question.other
    laws_of_both = (question.stored.law, other.law)
    check_compared(question.study, laws_of_both, question.rows, theirs, other.cohort)
    return plan.compare(question.stored.fit, other.fit, question.study, question.rows, theirs, other.cohort)


def _alone(study: Study, fits: list[Stored], frame: pl.DataFrame, user_laws: Path) -> Iterator[Question]:
    for stored in fits:
        judged = Setting(stored.fit, study, _rows_of(stored, frame, study)).judged
        for plan in (plan for plan in PLANS.values() if plan.gather is None and (judged or not plan.judges)):
            able = _able(stored, plan)
            if able is not None:
                yield Question(plan.table, study, able, _rows_of(able, frame, study), user_laws)


def _through_the_link(fits: list[Stored], frame: pl.DataFrame, study: Study, user_laws: Path) -> Iterator[Question]:
    """What a chain is asked, of each law of its second stage alone: where they are apart, plans say so.

    A plan that such a law can answer by itself, from the link, is no question of the chain.
    """
    for stored in fits:
        for fit in each_through(stored.fit):
            one = replace(stored, fit=fit, selected=False)
            for asked in _alone(study, [one], frame, user_laws):
                if not PLANS[asked.table].needs(fit.law.members[-1]):
                    yield asked


def _able(stored: Stored, plan: Plan) -> Stored | None:
    """The fit as it can answer a plan: of a combination the members that can; None where its law cannot."""
    fit = stored.fit
    if not isinstance(fit, CombinedFit):
        return stored if plan.needs(stored.law) else None
    able = fit.of(plan.needs)
    return None if able is None else replace(stored, fit=able)


def _together(study: Study, fits: list[Stored], frame: pl.DataFrame, user_laws: Path) -> Iterator[Question]:
    for plan in (plan for plan in PLANS.values() if plan.gather is not None):
        able = [_able(stored, plan) if plan.blends else stored for stored in fits]
        alone = [each for each in able if each is not None and (plan.blends or not isinstance(each.fit, CombinedFit))]
        asked = [(stored, _rows_of(stored, frame, study)) for stored in alone]
        if any(plan.needs(stored.law) for stored in alone):
            yield Question(plan.table, study, asked[0][0], asked[0][1], user_laws, together=tuple(asked))


def _placed_together(built: pl.DataFrame, question: Question) -> pl.DataFrame:
    """The rows, each placed under the fit that it names."""
    by_fit = {stored.fit.fit_id: (stored, rows) for stored, rows in question.together}
    parts = [
        _placed(own.drop("fit_id"), question.study, *by_fit[str(fit_id)])
        for (fit_id,), own in built.group_by("fit_id", maintain_order=True)
    ]
    return pl.concat(parts, how="diagonal_relaxed")


def _compared(study: Study, fits: list[Stored], frame: pl.DataFrame, user_laws: Path) -> Iterator[Question]:
    for plan in (plan for plan in PLANS.values() if plan.compare is not None):
        rivals = [s for s in fits if isinstance(s.fit, CombinedFit) or response_of(study, s.law) == study.metric]
        able = [found for stored in rivals if (found := _able(stored, plan)) is not None]
        for one, other in combinations(able, 2):
            yield Question(plan.table, study, one, _rows_of(one, frame, study), user_laws, (other, _rows_of(other, frame, study)))


def _rows_of(stored: Stored, frame: pl.DataFrame, study: Study) -> pl.DataFrame:
    if study.constants is not None:  # what budgets are measured against is the paper's range
        return paper_rows(*constants_named(study.constants))
    return without_needs(stored.law, frame.filter(pl.col("cohort") == stored.cohort))


def _placed(built: pl.DataFrame, study: Study, stored: Stored, rows: pl.DataFrame) -> pl.DataFrame:
    setting = Setting(stored.fit, study, rows)
    return in_range(built, setting.measured).with_columns(
        outside(setting, built),
        pl.lit(study.study).alias("study"),
        pl.lit(stored.cohort).alias("cohort"),
        pl.lit(stored.law.name).alias("law"),
        pl.lit(stored.fit.fit_id).alias("fit_id"),
        pl.lit(stored.selected).alias("selected"),
        pl.lit(str(stored.fit.grade)).alias("grade"),
        pl.lit(stored.stale_since, pl.Datetime("us")).alias("stale_since"),
        pl.lit(sorted(stored.fit.certificate.shared) or None, pl.List(pl.String)).alias("shared"),
    )


def _note(question: Question, why: LawbookError) -> dict[str, str | None]:
    stored = question.stored
    place = {"study": question.study.study, "cohort": stored.cohort, "law": stored.law.name, "plan": question.table}
    return {**place, "grade": str(stored.fit.grade), "note": str(why), "fix": why.fix}
