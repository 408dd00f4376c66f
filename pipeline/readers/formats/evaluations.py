"""Evaluations of checkpoints: results of lm-evaluation-harness (and lighteval) and metrics of OLMES, with their standard errors.

An evaluation names a model, not a run. The run is that of the folder it lies in, without the folders that evaluations make for
themselves; of a file that lies in no folder of a run, it is the model: a path's last part, or the name on the hub.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ReaderError
from pipeline.readers.names import METRICS, frame
from pipeline.readers.reader import COPY, Reader, Tables

OWN_FOLDERS = r"(?:evals?|evaluations?|lm[_-]?eval\w*|results|checkpoint-\d+|step[-_]?\d+|[^/]+__[^/]+)"
"""Folders that an evaluation or a checkpoint has inside its run's; the harness makes ORG__MODEL of a model's name."""
AROUND = r"(?:evals?|evaluations?|lm[_-]?eval\w*)"
"""Folders that hold an evaluation's folder for each run."""
CHECKPOINT = re.compile(r"(?:checkpoint|global_step|step)[-_]?(\d+)(?:-\w+)?$")
OBJECT = re.compile(rb'"results"\s*:\s*\{')
SIGNS = re.compile(rb'_stderr[",]|"model_args"|"config_general"')
STDERR = "_stderr"
SUITES = ("harness", "leaderboard", "lighteval", "original", "helm", "community", "extended", "custom")
AGGREGATE = "all"


def _is_harness(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".json" and bool(OBJECT.search(head) and SIGNS.search(head))


def _is_olmes(path: Path, head: bytes) -> bool:
    named = all(name in head for name in (b'"task_name"', b'"metrics"', b'"num_instances"'))
    return path.suffix.lower() in (".json", ".jsonl") and named


def _loaded(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReaderError(f"not whole JSON: {error}", place=str(path), fix=COPY) from error


def _read_harness(path: Path, run: str) -> Tables:
    """`acc,FILTER` with `acc_stderr,FILTER`; in old files `acc` with `acc_stderr`; of the leaderboard tasks `SUITE|TASK|N`."""
    found = _loaded(path.read_text(encoding="utf-8", errors="replace"), path)
    results = found.get("results") if isinstance(found, dict) else None
    if not isinstance(results, dict):
        raise ReaderError("'results' is no object of tasks", place=str(path), fix="it is no result of lm-evaluation-harness")
    items = found.get("n-samples") if isinstance(found.get("n-samples"), dict) else {}
    model = _model(found)
    rows = [
        {**_task_values(_task(name), values), **_items(_task(name), items.get(name))}
        for name, values in results.items()
        if name != AGGREGATE and isinstance(values, dict)
    ]
    return _tables(path, run, model, rows)


def _model(found: Mapping[str, Any]) -> str:
    """The model that was evaluated, as the harness names it."""
    general, config = found.get("config_general"), found.get("config")
    arguments = config.get("model_args") if isinstance(config, dict) else None
    given = arguments if isinstance(arguments, dict) else dict(re.findall(r"(\w+)=([^,]+)", str(arguments or "")))
    named = given.get("pretrained") or given.get("path") or found.get("model_name")
    return str(named or (general.get("model_name") if isinstance(general, dict) else "") or "")


def _task(name: str) -> str:
    """`harness|arc:challenge|25` and `boolq|0` without suite and shots."""
    parts = name.split("|")
    return parts[1] if len(parts) > 1 and parts[0] in SUITES else parts[0]


def _task_values(task: str, values: Mapping[str, Any]) -> dict[str, float]:
    """The metrics of a task and, of each, its standard error as the metric NAME_stderr; a filter is part of the task's name."""
    filtered = any("," in name for name in values)
    found = {}
    for name, value in values.items():
        metric, _, filter_ = name.partition(",")
        if (filtered and not filter_) or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        place = task if filter_ in ("", "none") else f"{task}/{filter_}"
        found[_column(metric, place)] = float(value)
    return found


def _column(metric: str, task: str) -> str:
    plain = metric.removesuffix(STDERR)
    return f"metric:{METRICS.get(plain, plain)}{STDERR if plain != metric else ''}@test/{task}"


def _items(task: str, counts: Any) -> dict[str, float]:
    number = counts.get("effective", counts.get("original")) if isinstance(counts, dict) else None
    return {f"metric:items@test/{task}": float(number)} if isinstance(number, int | float) else {}


def _read_olmes(path: Path, run: str) -> Tables:
    """task-*-metrics.json, or one such object a line: the metrics of a task and the number of its items."""
    text = path.read_text(encoding="utf-8", errors="replace")
    objects = (
        [_loaded(line, path) for line in text.splitlines() if line.strip()] if path.suffix == ".jsonl" else [_loaded(text, path)]
    )
    rows, model = [], ""
    for found in objects:
        if not isinstance(found, dict) or not isinstance(found.get("metrics"), dict):
            raise ReaderError("an entry has no object 'metrics'", place=str(path), fix="it is no metrics file of OLMES")
        config = found.get("model_config")
        model = str(config.get("model_path") or config.get("model") or model) if isinstance(config, dict) else model
        task = str(found.get("task_name"))
        rows.append({**_task_values(task, found["metrics"]), **_items(task, {"effective": found.get("num_instances")})})
    return _tables(path, run, model, rows)


def _tables(path: Path, run: str, model: str, rows: list[dict[str, float]]) -> Tables:
    step = next(
        (int(found[1]) for part in (*reversed(Path(model).parts), *reversed(path.parts)) if (found := CHECKPOINT.match(part))),
        None,
    )
    name = run or run_of(model)
    if not name:
        raise ReaderError(
            "it lies in no folder of a run and names no model", place=str(path), fix="put it into the folder of its run"
        )
    records = [{"row_number": number, "run_id": name, "step": step, **values} for number, values in enumerate(_kept(rows), 1)]
    return Tables(measurements=frame(records))


def _kept(rows: list[dict[str, float]]) -> Iterator[dict[str, float]]:
    yield from (values for values in rows if values)


def run_of(model: str) -> str:
    """What a model's run is called: the last part of a path that is no checkpoint; a name on the hub as it is."""
    parts = [part for part in Path(model).parts if part not in ("/", ".", "..", "~") and not CHECKPOINT.match(part)]
    on_hub = len(parts) == len(Path(model).parts) <= 2
    return "/".join(parts) if on_hub else "".join(parts[-1:])


ASKED = 80
READERS = (
    Reader(
        "lm-evaluation-harness results",
        _is_harness,
        _read_harness,
        says="a task a row: its metrics, standard errors and items",
        same_in_all="*",
        inside=OWN_FOLDERS,
        around=AROUND,
        named_within=True,
    ),
    Reader(
        "olmes metrics",
        _is_olmes,
        _read_olmes,
        says="a task a row: its metrics and items",
        same_in_all="*",
        inside=OWN_FOLDERS,
        around=AROUND,
        named_within=True,
    ),
)
