"""What Hugging Face's Trainer prints: refused with its cure, since it says no step."""

import re
from pathlib import Path

from pipeline.errors import ReaderError
from pipeline.readers.formats.textlogs import has_line
from pipeline.readers.reader import Reader, Tables


def _refuse_printed(path: Path, _run: str) -> Tables:
    """The Trainer prints its entries without their steps; its state file has both."""
    what = "what Hugging Face's Trainer prints ({'loss': ...}) says no step"
    raise ReaderError(
        what, place=str(path), fix="drop the trainer_state.json of its output folder, or its W&B or TensorBoard files"
    )


ASKED = 1000
READERS = (
    Reader(
        "huggingface console",
        has_line(re.compile(r"\{'(?:eval_|train_)?loss': ")),
        _refuse_printed,
        says="{'loss': ...} without a step: refused, since they say no step; trainer_state.json has it",
    ),
)
"""Asked last: logs of other trainers may hold such lines too."""
