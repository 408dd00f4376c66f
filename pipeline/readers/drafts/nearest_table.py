"""A table that no reader and no map knows: a draft of the map that reads it, from what its columns are called in other logs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.readers.drafts.apart import curves_apart, reads, several_each
from pipeline.readers.drafts.asked import Table, amounts_in_name, asked_result, asked_size, in_doubt, toml_text
from pipeline.readers.drafts.drafted_counts import column_of, is_training_set, quoted
from pipeline.readers.drafts.drafted_data import BUDGET, drafted_amounts
from pipeline.readers.drafts.drafted_metrics import drafted_metrics, on_split, percent_lines
from pipeline.readers.drafts.first_rows import first_rows, numbers
from pipeline.readers.drafts.kin import escaped, pattern_of_kin, split_of, tail_of
from pipeline.readers.drafts.states import drafted_status
from pipeline.readers.names import unit_of
from pipeline.readers.settings import STEMS, drafted_columns, run_by_place, settings_beside
from pipeline.readers.shape import Refused

RUN_NAMES = re.compile(
    r"(?:(?:run|job|trial|exp|experiment)[_ .-]?)?(?:id|name|key|uuid)|run|job|trial|exp|experiment|uid|wandb_id|config_name"
)
FEWEST_AMOUNTS = 2
"""A table without a metric that has as many amounts of runs is one of runs."""
STEPS = ("step", "steps", "global_step", "iter", "iteration", "epoch")
"""What says where on a curve a row lies; epochs where nothing else does."""
PLACES = {"data_seen", "flops", "peak_lr", "epochs"}
"""Columns that a curve may have and say nothing of which run it is."""
EACH_A_RUN = """# each row is taken for a point of the file's one curve; where each is a run of its own:
# kind = "runs" and run_id = "file_name || '-' || row_number\""""
AS_POOLS = "# pool = {}   # instead of dataset, where these are pools to choose from; a union of pools needs a pool_members file"
OF_BUDGET = "   # what the budget leaves, C = 6 N D; a column of tokens would be surer"
MODEL_NAMES = ("model", "model_name")
"""What says which model a row is of, and not which of its runs."""


def table_draft(path: Path) -> str:
    """A map that reads it: a curve a file where it has steps, or nothing that tells runs apart; else a run a row.

    Empty where it has neither a metric nor an amount; which column is its result is asked where none is called a metric.
    """
    try:
        values = first_rows(path)
    except Refused:
        return ""
    metrics, amounts = on_split(drafted_metrics(values), split_of(path)), drafted_amounts(values)
    if not metrics and (len(amounts) < FEWEST_AMOUNTS or path.stem.lower() in STEMS):
        return ""
    step = next((name for known in STEPS for name in values if name.lower() == known), None)
    counts = {
        column: text for column, text in amounts.items() if not (text in metrics.values() or in_doubt(column, text, values))
    }
    table = Table(path, values, metrics, counts)
    curve = not _own_rows(values) if step else _one_curve(table)
    return "\n".join(_curve(table, step) if curve else _runs(table))


def match_of(path: Path) -> str:
    """The pattern of a drafted map: logs like this one in its folder, or of its name where folders name the runs.

    So other logs keep their readers.
    """
    ending = escaped("".join(path.suffixes[-2:]) if path.suffix.lower() == ".gz" else path.suffix or path.name)
    named = {"file_name": f"*/{escaped(path.parent.name)}/*{ending}", "folder_path": f"*/{escaped(path.name)}"}
    return named.get(run_by_place(path), f"*{ending}")


def _match(kind: str, table: Table) -> str | list[str]:
    """The pattern of the files of its kind in its folder, else of its name, or of its folder's curves."""
    path = table.path
    if run_by_place(path) == "file_name" and (kin := pattern_of_kin(path, table.values)):
        folder = f"*/{escaped(path.parent.name)}/"
        return f"{folder}{kin}" if isinstance(kin, str) else [f"{folder}{end}" for end in kin]
    return f"*/{escaped(path.name)}" if kind == "runs" else match_of(path)


def _named_by_place(path: Path) -> str:
    """What calls the run of a file: its place, without what the name says of the file's part in the run."""
    place = run_by_place(path)
    tail = tail_of(path) if place == "file_name" else ""
    return f"regexp_replace(file_name, '{re.escape(tail)}$', '')" if tail else place


def _one_curve(table: Table) -> bool:
    """Whether rows differ in amounts alone: a file of such rows is a curve, as trainers write it, and not a run a row."""
    known = set(table.amounts)
    return "data_seen" in known and known <= PLACES and _run_name(table.values) is None


def _run_name(names: Iterable[str]) -> str | None:
    return next((name for name in names if RUN_NAMES.fullmatch(name.strip().lower())), None)


def _own_rows(values: Mapping[str, Sequence[str]]) -> bool:
    """Whether each row is a run of its own, by a name that no other row has: its steps are then no place on a curve."""
    given, rows = values.get(_run_name(values) or "", ()), max(map(len, values.values()), default=0)
    return rows > 1 and len(set(given)) == len(given) == rows and not numbers(given)


def _curve(table: Table, step: str | None) -> list[str]:
    run = _run_name(table.values)
    apart = [] if run else curves_apart(table.values, table.metrics.values(), table.amounts.values(), step)
    texts = [name for name in apart if not numbers(table.values[name])]
    recipe = {"recipe": quoted(texts[0])} if len(texts) == 1 and "recipe" not in table.amounts else {}
    columns = {
        "run_id": quoted(run) if run else " || '-' || ".join([_named_by_place(table.path), *map(quoted, apart)]),
        **recipe,
        **({"step": quoted(step)} if step else {}),
        **table.amounts,
    }
    if "peak_lr" in columns:
        columns["lr"] = columns.pop("peak_lr")
    columns |= {name: text for name, text in amounts_in_name(table.path).items() if name not in columns}
    lines = _map("measurements", table, columns)
    return lines if step or run else [*EACH_A_RUN.splitlines(), *lines]


def _runs(table: Table) -> list[str]:
    """A run a row, what no column names as tags; a name that several rows have is no run's, that of a file with one row is."""
    rows = max(map(len, table.values.values()), default=0)
    names = [name for name in (_run_name(table.values), _model_name(table.values)) if name]
    own = next((name for name in names if len(set(table.values[name])) == len(table.values[name]) == rows), None)
    named = quoted(own or names[0]) if names else _named_by_place(table.path)
    numbered = named if own or (rows == 1 and not names) else f"{named} || '-' || row_number"
    several = names and "recipe" not in table.amounts and several_each(table.values[names[-1]])
    kind = {"recipe": quoted(names[-1])} if several else {}
    return _map("runs", table, {"run_id": numbered, **table.amounts, **kind})


def _model_name(names: Iterable[str]) -> str | None:
    return next((name for name in names if name.lower() in MODEL_NAMES), None)


def _map(kind: str, table: Table, columns: dict[str, str]) -> list[str]:
    beside, found = settings_beside(table.path)
    columns |= {column: named for column, named in drafted_columns(found).items() if column not in columns}
    said = [*table.values, *(key.rpartition(".")[2] for key in found)]
    counted = next((name for name in said if column_of(name)[0] == "data_seen"), "")
    unit = unit_of(counted) or ("sample" if any(is_training_set(name) for name in said) else "")
    unit = "token" if BUDGET in columns.get("data_seen", "") else unit
    named = [f"{_key(name)} = {toml_text(source)}{OF_BUDGET * (BUDGET in source)}" for name, source in columns.items()]
    named += [AS_POOLS.format(toml_text(table.amounts["dataset"]))] if _are_pools(table) else []
    named += [_metric_line(column, quoted(name), table.metrics) for column, name in table.metrics.items()] or asked_result(table)
    named += asked_size(table, columns.values())
    constants = [f'data_unit = "{unit}"'] if unit else []
    status = drafted_status(table.values)
    named += [f"status = {toml_text(status[1])}"] if status else []
    finished = [] if status else ['status = "finished"   # if every run in these files is; else leave this line out']
    match = _match(kind, table)
    head = [f'kind = "{kind}"', f"match = {toml_text(match)}", *([f'beside = "{beside}"'] if beside else [])]
    tags = [name for name in table.values if not (name in table.metrics.values() or _is_list(table.values[name]))]
    tags = [name for name in tags if not reads([*columns.values(), *status[:1]] if status else columns.values(), name)]
    head += [f"tags = {toml_text(tags)}"] * (kind == "runs" and bool(tags))
    lines = [*head, "[columns]", *named, "[constants]", *constants, *finished]
    return [*lines, *percent_lines(table.metrics, table.values)]


def _key(name: str) -> str:
    return name if name.isidentifier() else toml_text(name)


def _is_list(values: Sequence[str]) -> bool:
    """Whether a column holds lists, like a run's curve: too long for a tag."""
    return bool(values) and all(value.startswith("[") and value.endswith("]") for value in values)


def _are_pools(table: Table) -> bool:
    """Whether the data sets may be pools to choose from: several, each with its own amount of unique data."""
    sets, amounts = (table.values.get(table.amounts.get(name, "").strip('"'), ()) for name in ("dataset", "data_unique"))
    pairs = set(zip(sets, amounts, strict=False))
    return len(sets) == len(amounts) and 1 < len(pairs) == len(set(sets))


def _metric_line(column: str, source: str, metrics: Mapping[str, str]) -> str:
    """A metric; a perplexity as the loss that it is the exponential of, where the table has no such loss."""
    loss = column.replace("metric:perplexity", "metric:loss", 1)
    if loss in metrics:
        return f"{toml_text(column)} = {toml_text(source)}"
    return f"{toml_text(loss)} = {toml_text(f'ln({source})')}   # of a perplexity per token"
