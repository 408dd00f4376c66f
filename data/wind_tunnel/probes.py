"""Downstream-like probes that are made from held-out text: right only if every symbol of a word is right."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from .corpus import ALPHABET, WINDOW

LETTERS = set(range(ALPHABET.index("a"), ALPHABET.index("z") + 1))
SPACE, COPIED = ALPHABET.index(" "), 6


class Probes:
    """`cloze`: the rest of a window's last long word from its first two letters. `copy`: a random word seen before."""

    def __init__(self, windows: np.ndarray, count: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        cloze = [found for window in windows if (found := last_word(window))][:count]
        self.tasks = {"cloze": cloze, "copy": [copy_case(window, rng) for window in windows[:count]]}

    def errors(self, model: nn.Module) -> dict[str, float]:
        """1 − accuracy of each probe."""
        return {task: 1 - accuracy(model, cases) for task, cases in self.tasks.items()}


def last_word(window: np.ndarray) -> tuple[np.ndarray, int, int] | None:
    """The window and where its last whole word of at least five letters lies after the first two letters."""
    spaces = np.flatnonzero(window == SPACE)
    for start, end in zip(spaces[-2::-1] + 1, spaces[:0:-1], strict=True):
        if end - start >= 5 and start > WINDOW // 2 and set(window[start:end].tolist()) <= LETTERS:
            return window, int(start) + 2, int(end)
    return None


def copy_case(window: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int, int]:
    """A random word is put into the text, and again near the end; asked for is all of the second but its first two letters."""
    word = rng.integers(min(LETTERS), max(LETTERS) + 1, COPIED).astype(np.uint8)
    case, end = window.copy(), WINDOW - 2
    for start in (WINDOW // 4, end - COPIED):
        case[start - 1], case[start : start + COPIED], case[start + COPIED] = SPACE, word, SPACE
    return case, end - COPIED + 2, end


def accuracy(model: nn.Module, cases: list[tuple[np.ndarray, int, int]]) -> float:
    """Share of cases whose every asked symbol is the model's first choice, given the true symbols before it."""
    text = torch.from_numpy(np.stack([case[0] for case in cases]).astype(np.int64))
    with torch.no_grad():
        right = (model(text[:, :-1]).argmax(-1) == text[:, 1:]).numpy()
    return float(np.mean([right[i, start - 1 : end - 1].all() for i, (_, start, end) in enumerate(cases)]))
