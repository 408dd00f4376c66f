"""A fit as people read it: what was fitted, how far it may be trusted, and each parameter with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.fitting.result import Fit

HEADS = ("parameter", "estimate", "std error", "5 %", "95 %", "meaning")
GRADES = {"clean": "all checks passed", "weak": "weak: read the reasons", "refused": "refused: no plan should rest on it"}


class Summary:
    """The summary of a fit: `print` gives text, a notebook shows it as a table."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit

    def rows(self) -> list[tuple[str, ...]]:
        """A row a parameter, as text; an interval that too few runs inform is empty."""
        fit = self.fit
        meanings = {parameter.name: parameter.meaning for parameter in fit.law.parameters}
        numbers = zip(fit.estimate, fit.std_error, fit.low, fit.high, strict=True)
        notes = zip(fit.names, fit.index, fit.at_bound, numbers, strict=True)
        return [
            (flat, *map(_number, values), ", ".join(filter(None, [meanings.get(name, ""), self._note(flat, bool(bound))])))
            for flat, (name, _), bound, values in notes
        ]

    def facts(self) -> list[tuple[str, str]]:
        """What stands above the parameters."""
        fit = self.fit
        held = (
            f"{fit.extrapolation_error:.2%} of the value" if np.isfinite(fit.extrapolation_error) else "not known: too few runs"
        )
        found = [
            ("law", f"{fit.law.response} = {fit.law.formula}"),
            (
                "runs",
                f"{fit.n_runs} runs, {fit.n_points} points" + "".join(f"; {n} skipped: {why}" for n, why in fit.skipped.items()),
            ),
            ("grade", GRADES[fit.grade]),
            ("held-out error", held),
            ("residuals", f"sd {fit.residual_sd:.3g}{' of ln value' if fit.log_residuals else ''}, rmse {fit.rmse:.3g}"),
            ("objective", f"{fit.objective.name} = {fit.objective_value:.6g}, AIC {fit.aic:.1f}, BIC {fit.bic:.1f}"),
        ]
        found += [("because", reason) for reason in fit.certificate.reasons]
        return [*found, ("fix", fit.certificate.fix)] if fit.certificate.fix else found

    def _note(self, flat: str, bound: bool) -> str:
        if flat in self.fit.fixed:
            return "fixed"
        return "at its bound" if bound else ""

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        facts, rows = self.facts(), [HEADS, *self.rows()]
        left = max(len(name) for name, _ in facts)
        yield from (f"{name:<{left}}  {text}" for name, text in facts)
        yield ""
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
        for row in rows:
            numbers = (cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True))
            yield "  ".join([row[0].ljust(widths[0]), *numbers, row[-1]]).rstrip()

    def _repr_html_(self) -> str:
        facts = "".join(f"<tr><th style='text-align:left'>{escape(n)}</th><td style='text-align:left'>{escape(t)}</td></tr>"
                        for n, t in self.facts())  # fmt: skip
        heads = "".join(f"<th>{escape(head)}</th>" for head in HEADS)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows())
        return f"<table><caption>{escape(self.fit.law.name)}</caption>{facts}</table><table><tr>{heads}</tr>{body}</table>"


def _number(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else ""
