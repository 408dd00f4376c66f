"""Event files that lie in a folder for each split: Keras writes `train/` and `validation/` into the folder of one run.

Sources: `keras/src/callbacks/tensorboard.py` (folders, `epoch_NAME`, `evaluation_NAME_vs_iterations`, `batch_NAME`);
`torch/utils/tensorboard/writer.py` (`add_scalars` writes the tag `loss` of `{"train": ...}` into the folder `loss_train`).
"""

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.readers.names import SPLITS, metric_column

Logged = tuple[int, int, str, float]
"""Number of the record, step, tag (none: the writer starts again), value."""
KERAS = (
    (re.compile(r"epoch_(?:lr|learning_rate)"), "learning_rate"),
    (re.compile(r"epoch_(.+)"), r"\1_epoch"),
    (re.compile(r"evaluation_(.+)_vs_iterations"), r"\1"),
    (re.compile(r"batch_(.+)"), r"\1"),
)
"""Keras's tags, and the names by which other trainers log the same."""


def of_its_folder(folder: Path, run: str, logged: Sequence[Logged]) -> tuple[str, list[Logged]]:
    """The run that the values are of and the values by names with their split, where the folder is that of a split.

    Elsewhere, and where the tags name splits themselves, both are as they were.
    """
    tags = {tag for *_, tag, _ in logged if tag}
    split = _split(folder, tags)
    if not split or any("@/" not in metric_column(tag) for tag in tags):
        return run, list(logged)
    around = run.rpartition("/")[0] or folder.parent.name
    return around, [(number, step, tag and f"{split}/{_plain(tag)}", value) for number, step, tag, value in logged]


def _split(folder: Path, tags: set[str]) -> str:
    """The split that the folder is named by, behind the one tag that `add_scalars` puts before it; `test` only beside another."""
    name = folder.name.lower()
    if len(tags) == 1:
        name = name.removeprefix(re.sub(r"[/ ]", "_", next(iter(tags)).lower()) + "_")
    split = SPLITS.get(name, "")
    if split == "test" and not any(SPLITS.get(other.name.lower(), "test") != "test" for other in folder.parent.iterdir()):
        return ""  # a run that somebody called test
    return split


def _plain(tag: str) -> str:
    return next((pattern.sub(name, tag) for pattern, name in KERAS if pattern.fullmatch(tag)), tag)
