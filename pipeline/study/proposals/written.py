"""A proposed study as a TOML file with comments: it passes as it stands, and says what a person may want to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.laws import laws
from pipeline.study.proposals.asks import LEVELS, TURN, Ask
from pipeline.study.proposals.axis import Axis
from pipeline.study.proposals.proposal import Proposal
from pipeline.study.sight import REPEATS
from pipeline.terminal import counted

FURTHER = (1.0, 10.0, 100.0)
"""Multiples of the largest run at which a proposed plan answers."""
AROUND = (0.125, 1, 4)
"""Multiples at which a law of something else than size and data answers."""
SHORT = ("data_unique", "params")
"""Budgets that are met with another one, at fewer multiples."""
POINTS = ("few runs end: the points before their ends count too", "a level is reached along a curve")
EPOCHS = (1, 2, 4, 8, 16)
SWEPT = {"peak_lr": "rates", "batch_size": "batches"}
"""Settings that a sweep tries at one size and amount of data, with the fact of the survey that counts them."""
CELL = ("params", "data_seen")
"""What runs share that compete, and the unique data and the pool where runs differ in them."""
MOST = 0.8
"""Of so many sizes and amounts of data the best settings are known: the runs without a sweep can be spared."""
OF_AXIS = {"params": ("params", "parameters"), "data_unique": ("data_unique", "unique data")}
"""The column of the survey that says how far the runs go along an axis that a study derives, and what is on it in words."""
DIRECT = {"error_from_loss": "error_from_size"}
"""The family that predicts a benchmark without the link of a chain, by the family that does so from it."""
SCHEMA = "../schemas/study.schema.json"
"""Where editors find the keys, from the home's studies/."""
WIDTH = 46


def study_text(proposal: Proposal, name: str) -> str:
    """The file's text."""
    group, ask = proposal.group, proposal.ask
    lines = [
        f"#:schema {SCHEMA}",
        _line("study", name),
        _line("question", ask.question),
        _line(
            "runs",
            proposal.runs or "true",
            f"{counted(proposal.fitted, 'finished run')} now; a predicate on the columns of `runs`",
        ),
        _line("metric", group["metric"], "what the laws predict"),
        *(_line(key, group[key]) for key in group["said"] if not (key == "task" and proposal.many_tasks)),
        *_fresh(proposal),
        *([_line("points", "all", POINTS["reach" in ask.more])] if ask.by_curves(group) else []),
        *_rivals(ask, group),
        *(_line(key, {name: _filled(said, group) for name, said in table.items()}) for key, table in ask.more.items()),
        *_sizes(ask, group),
        *_shares(ask, group),
        *_winners(proposal),
        *_groups(proposal),
        _line("draws", 1000, "resamples that the intervals come from"),
        "",
        "[plan]",
        *_budgets(proposal),
        *_price(group["accelerator"] or []),
        *_response(proposal),
    ]
    return "\n".join(lines) + "\n"


def _rivals(ask: Ask, group: Mapping[str, Any]) -> Iterator[str]:
    """The laws that compete: by the name of their family where all of it does."""
    found = ask.competing(group)
    names = ", ".join(found)
    if ask.whole_family(group):
        yield _line("family", ask.family, f"rivals whose combination is the plan: {names}")
        if ask.family in DIRECT:
            both = _value([ask.family, DIRECT[ask.family]])
            yield _line(f"# laws = {both}", None, "instead: laws of size and data without the loss compete too")
    else:
        yield _line("laws", list(found), "rivals: their combination is the plan" if len(found) > 1 else "what is fitted")


def _fresh(proposal: Proposal) -> Iterator[str]:
    """The runs that laws which see no repeats would take for runs on as much fresh data."""
    if proposal.ask.fresh and (repeated := proposal.group["repeated"]):
        yield _line(
            "exclude",
            f"epochs >= {REPEATS:g}",
            f"{counted(repeated, 'run repeats its data', 'runs repeat their data')}, which these laws do not see",
        )


def _sizes(ask: Ask, group: Mapping[str, Any]) -> Iterator[str]:
    """The size that the runs have, where its laws read the other one."""
    read = _read(ask, group)
    if group["without_embeddings"] and "params" in read:
        yield _line("params", "without embeddings", "no run says its size with them")
    if group["with_embeddings"] and "params_nonembedding" in read and "derive" not in ask.more:
        yield _line("derive", {"params_nonembedding": "params"}, "no run says its size without embeddings")


def _read(ask: Ask, group: Mapping[str, Any]) -> set[str]:
    """The columns of runs that its laws read."""
    return {column for name in ask.competing(group) for column in laws[name].columns}


def _shares(ask: Ask, group: Mapping[str, Any]) -> Iterator[str]:
    """What a run's mixture is, where its tags say so."""
    if ask.family == "mixtures" and group["shares"]:
        yield _line("derive", {"members": {"shares": group["shares"]}}, "tags that add up to one whole in each run")


def _winners(proposal: Proposal) -> Iterator[str]:
    """The best setting of each size and amount of data; those run at one setting count only where few were run at several."""
    group, ask = proposal.group, proposal.ask
    swept = [name for name, settings in SWEPT.items() if group[settings] > 1]
    alone = bool({*_read(ask, group)} & {*swept} or {"reduce", "reach"} & {*ask.more} or ask.by_curves(group))
    if (
        not swept or alone or ask.family == "mixtures" or ask.along == TURN
    ):  # runs of two mixtures are no rivals, whatever their settings
        return
    by = [*CELL, *(["data_unique"] if group["largest_data_unique"] else []), "pool"]
    several = group["pool"] > 1 and "pool" not in proposal.group_by
    rule: dict[str, Any] = {"best_of": swept, **({"by": by} if several else {})}
    words = f"{group['swept_cells']} of {group['cells']} sizes and amounts of data were run at several settings"
    if group["swept_cells"] >= max(MOST * group["cells"], ask.least["runs"]):
        yield _line("reduce", rule, f"{words}: the best of each counts")
    else:
        yield _line("reduce", {**rule, "alone": True}, f"{words}: the best of each counts, and the others as they are")


def _filled(said: Any, facts: Mapping[str, Any]) -> Any:
    return said.format_map(facts) if isinstance(said, str) else said


def _response(proposal: Proposal) -> Iterator[str]:
    """What the law predicts farther along the axis that the study derives."""
    if proposal.ask.along:
        values, words = _along(proposal.group["along"]), proposal.group["along"].derive
        if proposal.ask.along == TURN:
            ends = [_Bare(f"{value:g}") for value in (proposal.group["along"].values[0], proposal.group["along"].values[-1])]
            yield from ("", "[plan.optimum]", _line("find", "axis", words), _line("between", ends, "what was run"))
        elif proposal.ask.more:
            yield from ("", "[plan.response]", _line("axis", values, words), "[plan.comparison]", _line("amounts", values, words))
        return
    if axis := proposal.ask.more.get("derive", {}).get("axis"):
        column, words = OF_AXIS.get(axis, ("flops", "FLOP"))
        top = proposal.group[f"largest_{column}"]
        yield from ("", "[plan.response]")
        yield _line("axis", [_number(top * step) for step in FURTHER], f"{words}; your largest run has {_number(top)}")
    if column := proposal.ask.further:
        top = proposal.group[f"largest_{column}"]
        yield from ("", "[plan.response]")
        yield _line(column, [_Bare(f"{top * step:g}") for step in AROUND], f"your largest run has {top:g}")


def _along(axis: Axis) -> list[_Bare]:
    """A few of an axis' values, and one beyond them: of a share what lies half way to the whole."""
    values, top = axis.values, axis.values[-1]
    few = [values[round(place * (len(values) - 1) / LEVELS)] for place in range(LEVELS + 1)]
    beyond = [2 * top] if top > 1 else [(1 + top) / 2] if top < 1 else []
    return [_Bare(f"{value:g}") for value in dict.fromkeys([*few, *beyond])]


def _groups(proposal: Proposal) -> Iterator[str]:
    """Columns that split the runs: those that must, and as a comment those that may."""
    if proposal.group_by:
        yield _line("group_by", proposal.group_by, "each of their values has fits of its own")
        return
    for name in ("architecture", "recipe"):
        if len(values := proposal.group[name] or []) > 1:
            yield _line(f'# group_by = ["{name}"]', None, f"the runs have {_few(values)}; without this they share one fit")
            return


def _budgets(proposal: Proposal) -> Iterator[str]:
    group = proposal.group
    for name in proposal.ask.budgets:
        if name == "epochs":
            yield _line(name, list(EPOCHS), f"passes over the unique data; your runs have up to {group['most_epochs']:.3g}")
        elif top := group[f"largest_{name}"]:
            steps = FURTHER if name not in SHORT else FURTHER[:2]
            yield _line(name, [_number(top * step) for step in steps], f"your largest run has {_number(top)}")


def _price(devices: Sequence[str]) -> Iterator[str]:
    """What a run is priced on: said where the logs do not, for then the hardware table's default holds."""
    if devices:
        yield _line("# accelerator", None, f"priced on what most runs used ({_few(devices)}); data/hardware.toml lists others")
    else:
        yield _line("accelerator", "h100-sxm", "the runs name no device; data/hardware.toml lists others and their prices")
    yield _line("# accelerator_count = 64", None, "also deadline_days, money, price, mfu, served_tokens: docs/money.md")


def _line(key: str, value: Any, comment: str = "") -> str:
    text = key if value is None else f"{key} = {_value(value)}"
    return f"{text:<{WIDTH}}  # {comment}" if comment else text


def _value(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, list):
        return f"[{', '.join(item if isinstance(item, _Bare) else _value(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Bare(str):
    """A number as it is written."""


def _number(number: float) -> _Bare:
    """Three digits, as TOML's numbers are written: 3.42e20."""
    digits, _, power = f"{number:.2e}".partition("e")
    return _Bare(f"{digits.rstrip('0').ljust(3, '0')}e{int(power)}")


def _few(values: Sequence[str]) -> str:
    return ", ".join(values[:LEVELS]) + (", ..." if len(values) > LEVELS else "")
