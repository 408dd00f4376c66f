"""Tables of pass@k: a score for each number of attempts, a column each (`pass@1`, `pass@10`) or a row each (`k`, `pass@k`).

A row names a model, and a score is one evaluation of it: a run of its own, whose tag `samples` is the number of attempts.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.readers.csv_rows import CsvRows
from pipeline.readers.names import RUN_COLUMNS, frame, logged_number, multiple, run_columns
from pipeline.readers.reader import Reader, Tables

SCORES = {
    **dict.fromkeys(("pass", "coverage", "solve_rate", "success"), "pass_at_k"),
    **dict.fromkeys(("maj", "majority", "cons", "consensus", "vote"), "majority_at_k"),
}
"""What of k attempts counts: that one of them is right, or the answer that most of them give."""
SCORE = re.compile(rf"(?P<of>{'|'.join(SCORES)})(?:@|_at_|_@)(?P<k>k|\d+)(?P<percent>\s*(?:\(%\)|\[%\]|%))?", re.IGNORECASE)
COUNTS = ("k", "samples", "n_samples", "num_samples", "attempts", "n_attempts")
TASKS = ("task", "benchmark", "eval")
TWICE = "the scores of {!r} stand in several rows; add a column that tells the rows apart"


def _is_attempts(path: Path, head: bytes) -> bool:
    text = head.decode("utf-8-sig", errors="replace") if path.suffix.lower() == ".csv" else ""
    names = next(csv.reader(io.StringIO(text)), [])
    of_k = [found["k"].lower() for name in names if (found := SCORE.fullmatch(name.strip()))]
    return _count(names) is not None if "k" in of_k else len(of_k) > 1


def _count(names: Iterable[str]) -> str | None:
    """The column that says how many attempts a row's score is of."""
    return next((name for name in names if name.strip().lower() in COUNTS), None)


def _read(path: Path, run: str) -> Tables:
    file = CsvRows(path)
    rows = [(place, row, list(_evaluations(row, run))) for place, row in file]
    many = Counter(made["run_id"] for *_, evaluations in rows for made in evaluations)
    runs: list[dict[str, Any]] = []
    refused = list(file.refused)
    for place, row, evaluations in rows:
        if twice := next((made["run_id"] for made in evaluations if many[made["run_id"]] > 1), None):
            refused.append({"row_number": place, "reason": "conflict", "detail": TWICE.format(twice), "raw": str(dict(row))})
        else:
            runs += evaluations
    return Tables(runs=frame(runs), quarantined=frame(refused))


def _evaluations(row: Mapping[str, str], run: str) -> Iterator[dict[str, Any]]:
    """A run for each score of a row; empty cells are none."""
    count = _count(row)
    scores = {name: found for name in row if (found := SCORE.fullmatch(name.strip()))}
    told = {name: value for name, value in row.items() if name not in scores and name != count and name.lower() not in TASKS}
    task = next((row[name] for name in row if name.lower() in TASKS), "")
    named = "-".join(filter(None, (*_labels(told), task))) or run
    settings = {**run_columns(told), "status": "finished"}
    for name, found in scores.items():
        k = (row[count] if count else "") if found["k"].lower() == "k" else found["k"]
        if not row[name].strip():
            continue
        metric = SCORES[found["of"].lower()]
        value = _share(row[name], bool(found["percent"]))
        yield {"run_id": f"{named}-{metric}-{k}", **settings, "samples": k, f"metric:{metric}@test/{task}": value}


def _labels(told: Mapping[str, str]) -> Iterator[str]:
    """The cells that tell evaluations apart: all but the counts that a model has, like its size."""
    for name, value in told.items():
        if multiple(name)[0].lower() not in RUN_COLUMNS or not _is_number(value):
            yield value.strip()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _share(text: str, percent: bool) -> Any:
    """The cell as a share; one that is no number stays as it is, to be refused."""
    plain = text.strip().removesuffix("%").strip()
    percent = percent or plain != text.strip()
    return float(plain) / 100 if percent and _is_number(plain) else logged_number(plain)


ASKED = 130
READERS = (
    Reader(
        "table of pass@k",
        _is_attempts,
        _read,
        says="a run a score: pass@k and majority@k, the number of attempts as the tag samples",
        names_runs=True,
    ),
)
