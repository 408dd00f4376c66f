"""Which backend sums a law over its observations."""

from __future__ import annotations

from pipeline.fitting.numerics.dense_sums import DenseContraction
from pipeline.fitting.numerics.power_term_sums import PowerTermContraction
from pipeline.fitting.numerics.sums import Contraction
from pipeline.laws.engine.compile import CompiledLaw
from pipeline.laws.engine.rows import Rows


def contraction(law: CompiledLaw, rows: Rows) -> Contraction:
    """The fastest backend that the law allows; power terms are exponentials of logarithms: every column of theirs is positive."""
    signed = any((values <= 0).any() for values in rows.columns.values())
    return PowerTermContraction(law, rows) if "terms" in law.layout and not signed else DenseContraction(law, rows)
