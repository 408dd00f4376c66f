"""One fit as numbers: a law on rows, what was observed, how it is weighed, and which parameters are free."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipeline.fitting.numerics import objective as misfit
from pipeline.fitting.numerics.contraction import MANY, Block, blocks, blocks_by_pools
from pipeline.fitting.numerics.coordinates import Coordinates
from pipeline.fitting.numerics.sums import Sums, residuals
from pipeline.fitting.unequal import Unequal
from pipeline.laws.engine.compile import CompiledLaw
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Objective

Array = np.ndarray


@dataclass(frozen=True)
class Prior:
    """Gaussian in u = ln θ (positive parameters) or θ: scale/2·((u − mean)/sd)² joins the objective. sd = inf is no prior."""

    mean: Array
    sd: Array
    scale: float
    logs: tuple[bool, ...]

    def add(self, coordinates: Coordinates, w: Array, sums: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        value, gradient, hessian = sums
        place = np.flatnonzero(np.isfinite(self.sd))
        u, first, second = (a[:, place] for a in coordinates.in_base(w, self.logs))
        z = (u - self.mean[place]) / self.sd[place]
        slope = self.scale * z / self.sd[place]
        gradient[:, place] += slope * first
        hessian[:, place, place] += self.scale * (first / self.sd[place]) ** 2 + slope * second
        return value + 0.5 * self.scale * (z * z).sum(axis=1), gradient, hessian

    def curvature(self, coordinates: Coordinates, w: Array) -> Array:
        """The part of the Hessian (batch, P) diagonal that is never negative."""
        first = coordinates.in_base(w, self.logs)[1]
        return self.scale * np.where(np.isfinite(self.sd), first / self.sd, 0.0) ** 2


def _cut(array: Array, rows: slice | Array, part: slice | Array) -> Array:
    if array.ndim == 1:
        return array[part]
    return array[rows, part] if isinstance(rows, slice) or isinstance(part, slice) else array[rows[:, None], part]


@dataclass
class Problem:
    """Everything the solver needs. Full working vectors w (batch, P); only `free` columns are stepped.

    free: (F,), or (batch, F) where each row of the batch has its own, equally many. unequal: how far each observation strays,
    where some do farther than others: its weight multiplies every other.
    """

    law: CompiledLaw
    rows: Rows
    target: Array
    objective: Objective
    coordinates: Coordinates
    free: Array
    prior: Prior | None = None
    unequal: Unequal | None = None
    blocks: list[Block] = field(default_factory=list, repr=False)
    by_pools: list[Block] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        if not self.blocks:
            self.blocks, self.by_pools = blocks(self.law, self.rows), blocks_by_pools(self.law, self.rows)

    def evaluate(
        self,
        w: Array,
        weight: Array,
        target: Array | None = None,
        stage: Objective | None = None,
        metric: bool = False,
        rows: Array | None = None,
    ) -> tuple[Array, Array, Array, Array | None]:
        """Objective (batch,), gradient (batch, F), Hessian (batch, F, F) over free working coordinates, and the metric or None.

        weight is (n,) or (batch, n); target is self.target or one of the same shapes; rows: which of theirs w belongs to, where
        that is not all of them. The metric is the Hessian of the
        parabola that lies above the loss with predictions taken linear: how far a step moves the predictions.
        """
        target = self.target if target is None else target
        stage, weight = stage or misfit.stages(self.objective)[-1], self.weighed(weight)
        base, first, second = self.coordinates.in_base(w, self.blocks[0].backend.logs)
        value, gradient, hessian, hull = self._summed(base, target, weight, stage, metric, rows)
        with np.errstate(all="ignore"):  # a start far out may overflow; its value is infinite and it is left
            chain = first[:, :, None] * first[:, None, :]
            hessian *= chain
            np.einsum("bii->bi", hessian)[...] += gradient * second
            gradient *= first
            if hull is not None:
                hull *= chain
        if self.prior is not None:
            value, gradient, hessian = self.prior.add(self.coordinates, w, (value, gradient, hessian))
            if hull is not None:
                np.einsum("bii->bi", hull)[...] += self.prior.curvature(self.coordinates, w)
        free = self.stepped(rows)
        if free.shape[-1] == w.shape[1]:
            return value, gradient, hessian, hull
        if free.ndim == 1:
            chosen = slice(None), free[:, None], free
            return value, gradient[:, free], hessian[chosen], None if hull is None else hull[chosen]
        each = np.arange(len(w))[:, None]
        square = each[:, None], free[:, :, None], free[:, None, :]
        return value, gradient[each, free], hessian[square], None if hull is None else hull[square]

    def weighed(self, weight: Array) -> Array:
        """Weights (n,) or (batch, n) times what each observation weighs by its own noise."""
        return weight if self.unequal is None else weight * self.unequal.weight

    def stepped(self, rows: Array | None) -> Array:
        """The columns that are stepped in some rows of the batch, or in all."""
        return self.free if rows is None or self.free.ndim == 1 else self.free[rows]

    def _summed(self, base: Array, target: Array, weight: Array, stage: Objective, metric: bool, rows: Array | None) -> Sums:
        """The sums over all blocks of rows, in base coordinates; a batch is cut where a block's backend would hold too much."""
        batch, size = base.shape
        apart = self.by_pools if batch >= MANY else []
        pieces = [(block, piece) for block in apart or self.blocks for piece in block.pieces(batch)]
        found: Sums | None = None
        for block, piece in pieces:
            own = piece if rows is None else rows[piece]
            parts = _cut(target, own, block.rows), _cut(weight, own, block.rows)
            sums = block.backend.sums(block.felt(base[piece]), *parts, stage, metric)
            if len(pieces) == 1 and block.feels is None:
                return sums
            found = found or _nothing(batch, size, metric)
            block.add(found, piece, sums)
        return found or _nothing(batch, size, metric)

    def natural(self, w: Array) -> Array:
        return self.coordinates.natural(w)

    def predicted(self, w: Array) -> Array:
        """Predictions (batch, n) at working parameters."""
        return self.law.value(self.natural(w), self.rows)

    def residuals(self, w: Array) -> Array:
        """Residuals (batch, n) in the objective's space."""
        return residuals(self.predicted(w), self.target, self.objective)

    def take(self, keep: Array) -> Problem:
        """The same problem on some of its rows."""
        unequal = None if self.unequal is None else self.unequal.take(keep)
        rows, target = self.rows.take(keep), self.target[keep]
        return Problem(self.law, rows, target, self.objective, self.coordinates, self.free, self.prior, unequal)


def _nothing(batch: int, size: int, metric: bool) -> Sums:
    square = (batch, size, size)
    return np.zeros(batch), np.zeros((batch, size)), np.zeros(square), np.zeros(square) if metric else None
