"""A table that no reader and no map knows: a draft of the map that reads it, from what its columns are called in other logs."""

import json
import re
from pathlib import Path

from pipeline.readers.json_table import json_shape
from pipeline.readers.names import ENDS, METRICS, RUN_COLUMNS, SPLITS, metric_column, multiple, unit_of
from pipeline.readers.settings import drafted_columns, run_by_place, settings_beside
from pipeline.readers.shape import Refused, shape_of, table_format
from pipeline.schema import RUNS
from pipeline.schema.metrics import FRACTIONS

RUN_NAMES = ("run_id", "run", "id", "name", "run_name", "experiment")
STEPS = ("step", "steps", "global_step", "iter", "iteration", "epoch")
"""What says where on a curve a row lies; epochs where nothing else does."""
PLACES = {"data_seen", "flops", "peak_lr", "epochs"}
"""Columns that a curve may have and say nothing of which run it is."""
EACH_A_RUN = """# each row is taken for a point of the file's one curve; where each is a run of its own:
# kind = "runs" and run_id = "file_name || '-' || row_number\""""
MODEL_NAMES = ("model", "model_name")
"""What says which model a row is of, and not which of its runs."""
BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$|\s*%\s*$")
ERRORS = {"wer", "cer", "err", "error"}
"""Words in the names of shares of which less is better: word, character and other error rates."""
PERCENT = re.compile(r"%|\bpercent\b", re.IGNORECASE)
SIZE_IN_NAME = re.compile(r"(?:^|[_-])(N|n|params|size)[_=]?\d{4,}(?![0-9A-Za-z.])")


def table_draft(path: Path) -> str:
    """A map that reads it: a curve a file where it has steps, or nothing that tells runs apart; else a run a row.

    Empty where it has no metric.
    """
    try:
        names = list((json_shape(path) if table_format(path) == "json" else shape_of(path)).types)
    except Refused:
        return ""
    metrics = {column: name for name in names if (column := _metric(name)) is not None}
    if not metrics:
        return ""
    step = next((name for known in STEPS for name in names if name.lower() == known), None)
    if step or _one_curve(names):
        return "\n".join(_curve(names, metrics, step, path))
    return "\n".join(_runs(names, metrics, path))


def match_of(path: Path) -> str:
    """The pattern of a drafted map: logs like this one in its folder, or of its name where folders name the runs.

    So other logs keep their readers.
    """
    ending = _plain("".join(path.suffixes[-2:]) if path.suffix.lower() == ".gz" else path.suffix or path.name)
    named = {"file_name": f"*/{_plain(path.parent.name)}/*{ending}", "folder_path": f"*/{_plain(path.name)}"}
    return named.get(run_by_place(path), f"*{ending}")


def _plain(text: str) -> str:
    """The text with the signs escaped that a pattern would read."""
    return re.sub(r"([*?[])", r"[\1]", text)


def _one_curve(names: list[str]) -> bool:
    """Whether rows differ in amounts alone: a file of such rows is a curve, as trainers write it, and not a run a row."""
    known = set(_known(names))
    return "data_seen" in known and known <= PLACES and _run_name(names) is None


def _run_name(names: list[str]) -> str | None:
    return next((name for name in names if name.lower() in RUN_NAMES), None)


def _metric(name: str) -> str | None:
    """`metric:loss@validation` for val_loss; None of a column that is no metric. A share in percent is taken for an accuracy."""
    plain = BRACKETS.sub("", name)
    column = metric_column(plain).rstrip("/@")
    if column.removeprefix("metric:").partition("@")[0] in {*ENDS, *METRICS.values()}:
        return column
    *words, last = re.findall(r"\w+", plain.lower()) or [""]
    split = next((SPLITS[word] for word in words if word in SPLITS), "")
    task = "_".join(word for word in words if word not in SPLITS)
    if last in ENDS and task:
        return f"metric:{METRICS.get(last, last)}@{split}/{task}"
    whole = "_".join([*words, last])
    if not PERCENT.search(name) or whole in RUNS:
        return None
    return f"metric:{whole}" if whole in FRACTIONS else f"metric:{'error' if ERRORS & {*words, last} else 'accuracy'}@/{whole}"


def _curve(names: list[str], metrics: dict[str, str], step: str | None, path: Path) -> list[str]:
    run = _run_name(names)
    columns = {
        "run_id": _quoted(run) if run else run_by_place(path),
        **({"step": _quoted(step)} if step else {}),
        **_known(names),
    }
    if "peak_lr" in columns:
        columns["lr"] = columns.pop("peak_lr")
    if "params" not in columns and (size := SIZE_IN_NAME.search(path.stem)):
        columns["params"] = f"CAST(regexp_extract(file_name, '{size[1]}[_=]?([0-9]+)', 1) AS DOUBLE)"
    lines = _map("measurements", path, columns, metrics, names)
    return lines if step or run else [*EACH_A_RUN.splitlines(), *lines]


def _runs(names: list[str], metrics: dict[str, str], path: Path) -> list[str]:
    run, model = _run_name(names), next((name for name in names if name.lower() in MODEL_NAMES), None)
    numbered = f"{_quoted(model) if model else run_by_place(path)} || '-' || row_number"
    columns = {"run_id": _quoted(run) if run else numbered, **_known(names)}
    return _map("runs", path, columns, metrics, names)


def _known(names: list[str]) -> dict[str, str]:
    """Columns of runs by what the table calls them; of several names of one column the first."""
    found: dict[str, str] = {}
    for name in names:
        said, factor = multiple(name)
        column = RUN_COLUMNS.get(said.lower())
        if column in RUNS and column is not None:
            found.setdefault(column, _quoted(name) + (f" * {factor:.0e}".replace("e+0", "e") if factor != 1 else ""))
    return found


def _map(kind: str, path: Path, columns: dict[str, str], metrics: dict[str, str], names: list[str]) -> list[str]:
    beside, found = settings_beside(path)
    columns |= {column: named for column, named in drafted_columns(found).items() if column not in columns}
    said = [*names, *(key.rpartition(".")[2] for key in found)]
    counted = next((plain for name in said if RUN_COLUMNS.get(plain := multiple(name)[0].lower()) == "data_seen"), "")
    unit = unit_of(counted)
    named = [f"{name} = {_text(source)}" for name, source in columns.items()]
    named += [_metric_line(column, _quoted(name), metrics) for column, name in metrics.items()]
    constants = [f'data_unit = "{unit}"'] if unit else []
    finished = ['status = "finished"   # if every run in these files is; else leave this line out']
    head = [f'kind = "{kind}"', f"match = {_text(match_of(path))}", *([f'beside = "{beside}"'] if beside else [])]
    return [*head, "[columns]", *named, "[constants]", *constants, *finished, *_percent(metrics)]


def _metric_line(column: str, source: str, metrics: dict[str, str]) -> str:
    """A metric; a perplexity as the loss that it is the exponential of, where the table has no such loss."""
    loss = column.replace("metric:perplexity", "metric:loss", 1)
    if loss in metrics:
        return f"{_text(column)} = {_text(source)}"
    return f"{_text(loss)} = {_text(f'ln({source})')}   # of a perplexity per token"


def _percent(metrics: dict[str, str]) -> list[str]:
    """The unit of metrics whose columns all say that they are in percent, and what nobody can know of them."""
    by_metric: dict[str, list[str]] = {}
    for column, name in metrics.items():
        by_metric.setdefault(column.removeprefix("metric:").partition("@")[0], []).append(name)
    shares = [metric for metric, names in by_metric.items() if metric in FRACTIONS and all(map(PERCENT.search, names))]
    note = "   # where less of it is better, call it error here and above; where it is no result, leave it out"
    return ["[units]", *(f'{metric} = "percent"{note * (metric == "accuracy")}' for metric in shares)] if shares else []


def _quoted(name: str) -> str:
    """A column in an expression: in double quotes where it is no plain name."""
    return name if name.isidentifier() and name.isascii() else '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    """A TOML string: of the characters that a name may hold, JSON escapes as TOML does."""
    return json.dumps(text, ensure_ascii=False)
