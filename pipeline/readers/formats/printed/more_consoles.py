"""More trainers that print a line a step: torchtune, xtuner and its like, PaddleNLP, MaxText, verl."""

import re

from pipeline.readers.formats.printed.console import VALUE, Console, Line
from pipeline.readers.formats.printed.consoles import BLANKS, NORM, START, TRAIN, VALIDATION

TORCHTUNE = Console(
    "torchtune",
    "lines 'Step N | loss:X lr:R ...' of its disk and standard output loggers",
    (
        Line(
            re.compile(rf"{START}Step (?P<step>\d+) \| (?=(?:\S+:\S+ )*(?:val_)?loss:)"),
            {"loss": TRAIN, "val_loss": VALIDATION, "lr": "lr", "grad_norm": NORM},
            re.compile(rf"(?P<name>[\w/]+):(?P<value>{VALUE})(?=\s|$)"),
        ),
    ),
)
MMENGINE = Console(
    "mmengine",
    "lines 'Iter(train) [ N/M]  lr: R ... loss: X' (xtuner)",
    (
        Line(
            re.compile(r"Iter\(train\) \[\s*(?P<step>\d+)/(?P<of>\d+)\](?=.*\bloss: )"),
            {"loss": TRAIN, "lr": "lr", "grad_norm": NORM},
            re.compile(BLANKS),
        ),
    ),
)
PADDLENLP = Console(
    "paddlenlp",
    "lines 'loss: X, learning_rate: R, global_step: N, ...' and 'eval_loss: X, ...'",
    (
        Line(
            re.compile(rf"{START}loss: (?P<loss>{VALUE}), learning_rate: (?P<lr>{VALUE}), global_step: (?P<step>\d+),"),
            {"loss": TRAIN, "lr": "lr"},
        ),
        Line(re.compile(rf"{START}eval_loss: (?P<loss>{VALUE}),"), {"loss": VALIDATION}, shared=True),
    ),
    (
        re.compile(r"Total optimization steps = (?P<of>[\d,]+)"),
        re.compile(r"Total train batch size .*= (?P<batch_size>[\d,]+)"),
    ),
    re.compile(r"Training completed\."),
)
MAXTEXT = Console(
    "maxtext",
    "lines 'completed step: N, seconds: T, ... loss: X' and 'eval metrics after step: N, loss=X'",
    (
        Line(
            re.compile(rf"completed step: (?P<step>\d+), seconds: .*\bloss: (?P<loss>{VALUE})"),
            {"loss": TRAIN},
        ),
        Line(re.compile(rf"eval metrics after step: (?P<step>\d+), loss=(?P<loss>{VALUE})"), {"loss": VALIDATION}),
    ),
)
VERL = Console(
    "verl",
    "lines 'step:N - train/loss:X - val/loss:X'",
    (
        Line(
            re.compile(rf"{START}step:(?P<step>\d+) - (?=.*\b(?:train|val)/loss:)"),
            {"train/loss": TRAIN, "val/loss": VALIDATION, "train/grad_norm": NORM},
            re.compile(rf"(?:^|- )(?P<name>[\w/]+):(?P<value>{VALUE})(?=\s|$)"),
        ),
    ),
)
ASKED = 200
READERS = tuple(console.reader() for console in (TORCHTUNE, MMENGINE, PADDLENLP, MAXTEXT, VERL))
