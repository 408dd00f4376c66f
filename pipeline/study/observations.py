"""The rows that a study's laws are fitted to: one a measured point of a run, with the reason where a row is left out."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import duckdb
import numpy as np
import polars as pl

from pipeline.errors import StudyError, meant
from pipeline.faults import spoils_the_store
from pipeline.fitting.evidence.combination import CombinedLaw, members_of
from pipeline.laws.law import Law
from pipeline.store.frames import read_frame
from pipeline.store.statements import Fragment, literal, quote, sql
from pipeline.study.chains import linked, with_chain
from pipeline.study.conventions import check_conventions
from pipeline.study.declaration import MEASURED, RUN_COLUMNS, Largest, Study
from pipeline.study.derived import AT_END, DROP, DROPS, derived_names, needs_in_words, other_metrics, with_derived
from pipeline.study.derived.noise import of_the_metric, strays, with_sampling_sd
from pipeline.study.held_out import with_held_out
from pipeline.study.no_value import reasons as no_value
from pipeline.study.reductions import reduced, with_answers
from pipeline.study.sweeps.reached import reached, with_reached
from pipeline.study.sweeps.winners import with_winners
from pipeline.study.told_runs import tell_runs

KNOWN = (*RUN_COLUMNS, "data_planned", "step", "lr", "value", "final", "members", "cohort", "used", "reason")
"""What an observation has already; any other column of a law is sought among the tags of its run."""

Digests = tuple[str, str]
"""The observations of a study: looked up when they are first asked for, and the same frame after that."""
NOTHING = hashlib.md5(b"0", usedforsecurity=False).hexdigest()
"""The digest of no run: of the count alone."""
MOST, TEXT = 10, re.compile(r"'([^']+)'")
"""Names that a message lists, and the texts of a predicate."""
TOGETHER = 100
"""Studies whose runs are looked up in one statement."""


def observations(connection: duckdb.DuckDBPyConnection, study: Study) -> pl.DataFrame:
    """One row an observation, with `cohort`, `members` of its pool, `used` and `reason` (docs/decisions.md, 2).

    Raises StudyError where the predicate selects no run, no run has the metric, or runs of one cohort cannot be compared.
    """
    return _swept(connection, study, _measured(connection, study))


def _measured(connection: duckdb.DuckDBPyConnection, study: Study) -> pl.DataFrame:
    """The rows before runs are looked at together."""
    rank = study.exclude.largest if isinstance(study.exclude, Largest) else None
    predicate = study.exclude if isinstance(study.exclude, str) else None
    statement = sql(
        "select_observations",
        predicate=study.predicate(),
        exclude=study.exclusion(),
        held_out=study.kept_back(),
        finished=study.finished(),
        cohort=Fragment(_cohort(study)),
        tags=_tags(study, named=True),
    )
    given = {"metric": study.metric, "split": study.split, "task": study.task, "params": study.params, **study.points.given()}
    given |= {"largest": rank, "exclude": predicate, "held_out": study.held_out if isinstance(study.held_out, str) else None}
    tell_runs(connection)
    try:
        frame = read_frame(connection, statement, given)
    except duckdb.Error as error:
        if spoils_the_store(error):
            raise
        raise StudyError(
            f"runs = {study.runs!r}: {str(error).splitlines()[0]}", place=str(study.source), fix="correct the predicate"
        ) from error
    if study.constants is None:
        _check(connection, study, frame)
    kept = with_held_out(study, frame)
    filled = kept.with_columns(pl.col(name).fill_null(pl.col(name).drop_nulls().first()) for name in ("split", "task"))
    return with_answers(study, with_derived(connection, study, filled))


Then = Callable[[pl.DataFrame, pl.DataFrame], tuple[pl.DataFrame, pl.DataFrame]]
"""The rows of known and of later runs as they were when the later ones were not known."""


def of_known_runs(connection: duckdb.DuckDBPyConnection, study: Study) -> Then:
    """What makes of some of a study's rows what they would be, had the study no other runs: winners among them alone, and of
    what several scores share the component of theirs, by which later runs are measured too.

    Cohorts share one component, of which the runs of one cohort do not tell: with `group_by` it is that of all runs. Raises
    StudyError where so few runs make no sweep, or no component.
    """
    made_of = [made for made in study.derive.values() if isinstance(made, dict)]
    components = not study.group_by and any("first_component" in made for made in made_of)
    sweeps = study.reduce is not None or study.reach is not None
    every = _measured(connection, study) if sweeps else None

    def then(known: pl.DataFrame, later: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        if every is not None:
            own = known.select("cohort", "run_key").unique()
            known = _swept(connection, study, every.join(own, on=["cohort", "run_key"], how="semi"))
        if not components:
            return known, later
        both = pl.concat([known, later.with_columns(used=pl.lit(False))], how="diagonal_relaxed")
        made = with_derived(connection, study, both)
        return made[: known.height], made[known.height :].with_columns(later["used"])

    return then


def _swept(connection: duckdb.DuckDBPyConnection, study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what the study makes of several runs together."""
    made = with_chain(study, with_reached(study, with_winners(study, rows)))
    return with_sampling_sd(connection, study, made)


def pool_order(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> tuple[str, ...]:
    """The atomic pools that the used rows draw from, best declared quality first."""
    named = frame.filter("used").select(pl.col("members").explode()).drop_nulls().unnest("members")["pool"].unique()
    datasets = frame["dataset"].drop_nulls().unique().sort().to_list() if "dataset" in frame.columns else []
    rank = dict(connection.execute(sql("select_pool_ranks"), {"datasets": datasets}).fetchall())
    return tuple(sorted(named.drop_nulls(), key=lambda pool: (rank.get(pool) is None, rank.get(pool), pool)))


def without_needs(law: Law, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` as `law` sees it: rows without a column that it needs are not used, with the reason, e.g. "no data_unique".

    Of a study that reduces a sweep it sees the winners, or the settings of these where its response is such a setting; of one
    that asks what a level takes, those points. A combination sees what any of its members does.
    """
    if isinstance(law, CombinedLaw):
        return _seen_by_any(law, frame)
    frame = of_the_metric(linked(law, reduced(law, reached(law, frame))), frame)
    reason: pl.Expr = pl.lit(None, pl.String)
    for name in reversed(law.columns):
        missing = pl.col(name).cast(pl.Float64, strict=False).is_null() if name in frame.columns else pl.lit(True)
        reason = pl.when(missing).then(pl.lit(f"no {name}{needs_in_words(name)}")).otherwise(reason)
    reason = pl.coalesce(reason, *(pl.lit(no_value(member, frame)) for member in members_of(law)))
    if set(DROP) & set(law.member_columns):
        return _marked(_drops_as_members(frame), reason)
    if law.pooled:
        empty = pl.col("members").is_null() if "members" in frame.columns else pl.lit(True)
        unknown = pl.col("members").list.eval(pl.element().struct.field("unique").is_null()).list.any().fill_null(True)
        unknown = unknown if {"unique", "size"} & set(law.member_columns) else pl.lit(False)
        lacks = pl.when(empty).then(pl.lit("no pool")).when(unknown).then(pl.lit("no data_unique of its pools"))
        reason = lacks.otherwise(reason)
    return _marked(frame, reason)


def _seen_by_any(law: CombinedLaw, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows as the first member sees them, used where any of them uses them."""
    seen = [without_needs(member, frame) for member in law.members]
    used = pl.Series("used", np.any([each["used"].to_numpy() for each in seen], axis=0), dtype=pl.Boolean)
    reason = pl.when(used).then(None).otherwise(pl.col("reason")).alias("reason")
    return seen[0].with_columns(used, reason)


def _drops_as_members(frame: pl.DataFrame) -> pl.DataFrame:
    """The falls of the learning rate in the place of pools."""
    return frame.with_columns(pl.col(DROPS).alias("members")) if DROPS in frame.columns else frame


def _marked(frame: pl.DataFrame, reason: pl.Expr) -> pl.DataFrame:
    marked = frame.with_columns(pl.coalesce("reason", reason).alias("reason"))
    return marked.with_columns(pl.col("reason").is_null().alias("used"))


def at_end(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of awaited runs as they will be at the end of the training that was planned, columns that were derived included."""
    derived = [name for name in frame.columns if name.endswith(AT_END)]
    ended = grown(frame).with_columns(pl.col(name).alias(name.removesuffix(AT_END)) for name in derived)
    return ended.with_columns(pl.lit(None, pl.String).alias("reason"))


def grown(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with data, compute, epochs and steps of the end of the training that was planned."""
    more = (pl.coalesce("data_planned", "data_seen") / pl.col("data_seen")).fill_null(1.0)
    columns = [pl.col(name).cast(pl.Float64) * more for name in ("flops", "epochs", "step") if name in frame.columns]
    return frame.with_columns(*columns, pl.coalesce("data_planned", "data_seen").alias("data_seen"))


def on_known_pools(frame: pl.DataFrame, pools: Sequence[str]) -> pl.DataFrame:
    """The rows that draw from none but these pools; all of them where a fit has no pools."""
    known = pl.col("members").list.eval(pl.element().struct.field("pool").is_in(list(pools))).list.all()
    return frame.filter(known) if pools else frame


def digest(frame: pl.DataFrame) -> str:
    """16 hexadecimal digits over all rows and columns of a frame, in their order."""
    return hashlib.blake2b(frame.write_json().encode(), digest_size=8).hexdigest()


def study_digests(connection: duckdb.DuckDBPyConnection, studies: Iterable[Study]) -> Mapping[str, Digests]:
    """For each study (digest of its finished runs, digest of the others), computed by DuckDB without making a frame.

    A digest changes if and only if (up to a hash collision) a run, a measurement or a pool that the study reads has changed.
    """
    tell_runs(connection)
    connection.execute(sql("create_run_hashes"))
    connection.execute(sql("create_measurement_hashes"))
    alike: dict[tuple[object, ...], list[Study]] = {}
    chosen = list(studies)
    for study in chosen:
        reads = (study.metric, study.split, study.task, _tags(study, named=False), _others(study))
        alike.setdefault(reads, []).append(study)
    found: dict[str, Digests] = {}
    for group in alike.values():
        for start in range(0, len(group), TOGETHER):
            found |= _digests(connection, group[start : start + TOGETHER])
    sources = {study.study: study.prior_from for study in chosen if study.prior_from is not None and "/" not in study.prior_from}
    return found | {name: _source_too(connection, source, found[name]) for name, source in sources.items()}


def _source_too(connection: duckdb.DuckDBPyConnection, source: str, own: Digests) -> Digests:
    """Where a study takes what it shares from another, the parameters of that one decide its refit too."""
    stored = connection.execute(sql("select_parameters_version"), {"study": source}).fetchone()
    return f"{own[0]}{stored[0] if stored else ''}", own[1]


def _others(study: Study) -> bool:
    """Whether what the runs log beside the study's metric decides its fits."""
    return other_metrics(study) or strays(study)


def _digests(connection: duckdb.DuckDBPyConnection, group: Sequence[Study]) -> dict[str, Digests]:
    """The digests of studies that read one metric, split, task and set of tags; each alone where a predicate fails on a run."""
    choices = ", ".join(f"CASE WHEN {study.predicate()} THEN {place} END" for place, study in enumerate(group))
    given = {
        "metric": group[0].metric, "split": group[0].split, "task": group[0].task, "others": _others(group[0])
    }  # fmt: skip
    statement = sql("select_study_digests", choices=Fragment(choices), tags=_tags(group[0], named=False))
    try:
        rows = connection.execute(statement, given).fetchall()
    except duckdb.Error as error:
        if spoils_the_store(error):
            raise
        if len(group) == 1:  # observations() of this study raises the error with its words
            return {group[0].study: ("", "")}
        return {name: found for study in group for name, found in _digests(connection, [study]).items()}
    digests = {study.study: (NOTHING, NOTHING) for study in group}
    return digests | {group[place].study: _fitted_too(group[place], str(fitted), str(awaited)) for place, fitted, awaited in rows}


def _fitted_too(study: Study, fitted: str, awaited: str) -> Digests:
    """Where a study fits running runs as well, what they say decides its refit too."""
    return (f"{fitted}{awaited}" if study.treat_running_as else fitted), awaited


def _tags(study: Study, *, named: bool) -> Fragment:
    """Columns that a law of the study reads and no run has, as tags of that name: numbers, and a comma after each."""
    read = sorted(set(derived_names(study)) - set(KNOWN) - {DROPS})
    values = [f"try_cast(r.tags[{literal(name)}] AS DOUBLE)" + (f" AS {quote(name)}" if named else "") for name in read]
    return Fragment("".join(f"{value}, " for value in values))


def _cohort(study: Study) -> str:
    """The cohort's name as SQL: "architecture=gpt, tags.recipe=a", or an empty string without group_by."""
    parts = []
    for name in study.group_by:
        value = f"tags[{literal(name.removeprefix('tags.'))}]" if name.startswith("tags.") else f"{quote(name)}::VARCHAR"
        parts.append(f"{literal(name + '=')} || coalesce({value}, '?')")
    return f"concat_ws(', ', {', '.join(parts)})" if parts else "''"


def _check(connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame) -> None:
    if frame.is_empty():
        raise StudyError(f"runs = {study.runs!r} selects no run", place=str(study.source), fix=f"{_there(connection, study)}")
    if frame["value"].is_null().all():
        have = [row[0] for row in connection.execute(sql("select_metrics"), {"keys": frame["run_key"].to_list()}).fetchall()]
        asked = " ".join(part for part in (study.metric, study.split, study.task) if part)
        raise StudyError(
            f"metric: no run has {asked!r}", place=str(study.source), fix=f"its runs have {', '.join(have) or 'no metric at all'}"
        )
    for name in (name for name in MEASURED if name not in study.group_by):
        _one(study, frame, name, f"say {name} = ... in the study")
    check_conventions(connection, study, frame)


def _there(connection: duckdb.DuckDBPyConnection, study: Study) -> str:
    """What there is to select from, and what the texts of the predicate may have meant."""
    groups = connection.execute(sql("select_run_groups")).fetchall()
    if not groups:
        return "there is no run at all; drop logs into the inbox"
    names = {kind: [f"{name} ({runs})" for found, name, runs in groups if found == kind] for kind, _, _ in groups}
    listed = "; ".join(
        f"{kind}s: {', '.join(found[:MOST])}{', ...' if len(found) > MOST else ''}" for kind, found in names.items()
    )
    known = [name for _, name, _ in groups]
    asked = [text for text in TEXT.findall(study.runs) if text not in known]
    hints = "".join(f", {text!r}{hint}" for text in asked if (hint := meant(text, known)))
    return f"correct the predicate{hints} or drop logs into the inbox; there are runs of {listed}"


def _one(study: Study, rows: pl.DataFrame, name: str, fix: str) -> None:
    values = sorted(rows[name].drop_nulls().unique().to_list())
    if len(values) > 1:
        shown = ", ".join(map(repr, values[:5]))
        raise StudyError(f"runs differ in {name}: {shown}", place=str(study.source), fix=fix)
