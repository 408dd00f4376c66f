"""Rows of mixtures for the tests of pool laws: the published setting, pools of 12.8 M samples."""

import numpy as np

from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law

SIZE = 12.8e6
UTILITY = ([-0.16, -0.125, -0.10, -0.085], [6.7272727272727275, 8.545454545454547, 5.2727272727272725, 2.2727272727272725])
DATA = (
    [-0.18227272727272728, -0.14484848484848487, -0.13530303030303031, -0.09757575757575758],
    [4.0, 4.363636363636363, 2.909090909090909, 1.4545454545454546],
)


def union_rows(samples: list[float], pools: int, of: int = 4, taken: float = 1.0) -> Rows:
    """Runs on the uniform union of the first `pools` pools; `taken` is the part of each pool that is drawn from."""
    present = np.tile(np.arange(of) < pools, (len(samples), 1)).astype(float)
    members = {"share": present / pools, "unique": present * SIZE * taken, "size": present * SIZE}
    return Rows({"data_seen": np.array(samples, float)}, members, tuple("abcdefgh"[:of]))


def single_rows(samples: list[float], pool: int, of: int = 4) -> Rows:
    """Runs on one pool alone."""
    present = np.tile(np.arange(of) == pool, (len(samples), 1)).astype(float)
    members = {"share": present, "unique": present * SIZE, "size": present * SIZE}
    return Rows({"data_seen": np.array(samples, float)}, members, tuple("abcdefgh"[:of]))


def theta(a: float, d: float, levels: tuple[list[float], list[float]]) -> np.ndarray:
    return np.array([[a, d, *levels[0], *levels[1]]])


def value(law: Law, parameters: np.ndarray, rows: Rows) -> np.ndarray:
    return compiled(law).value(parameters, rows)[0]
