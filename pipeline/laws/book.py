"""The law book as text and tables: LaTeX, the published tables `laws` and `law_published`, and docs/laws.md."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import sympy as sp

from pipeline.laws import laws
from pipeline.laws.engine import cache
from pipeline.laws.engine.compile import version
from pipeline.laws.engine.sql_form import example_sql, signature
from pipeline.laws.law import Law, Published

SYMBOLS = {
    "params": "N",
    "params_nonembedding": "N_{ne}",
    "params_active": "N_{act}",
    "data_seen": "D",
    "data_unique": "U",
    "flops": "C",
    "share": "w_i",
    "unique": "u_i",
    "size": "s_i",
}


def latex(law: Law) -> str:
    """response = formula. N, D, U, C are the run columns; i counts the pools that a run draws from. Set once on a machine."""
    made_by = hashlib.sha256(f"{sp.__version__} {law.response}".encode() + Path(__file__).read_bytes()).hexdigest()[:16]
    key = f"latex-{version(law)}-{made_by}"
    kept = cache.load(key)
    if kept is None:
        kept = _latex(law)
        cache.store(key, kept)
    return kept


def _latex(law: Law) -> str:
    names = {symbol: SYMBOLS.get(str(symbol), _escaped(str(symbol))) for symbol in law.formula.free_symbols}
    for parameter in law.parameters:
        if parameter.per == "pool":
            names[parameter.symbol] = f"{sp.latex(parameter.symbol)}_i"
        elif _is_short(parameter.name):
            names.pop(parameter.symbol, None)
    return rf"{_escaped(law.response)} = {sp.latex(law.formula, symbol_names=names, mul_symbol='dot')}"


def _is_short(name: str) -> bool:
    """Names that SymPy sets well itself: one letter, a Greek name, or one of these with an index."""
    head = name.partition("_")[0]
    return len(head) == 1 or sp.latex(sp.Symbol(head)).startswith("\\")


def _escaped(name: str) -> str:
    return rf"\mathrm{{{name}}}".replace("_", r"\_") if len(name) > 1 else name


def law_rows() -> pl.DataFrame:
    """Table `laws`: one row a law, user laws included."""
    return pl.DataFrame([_row(law) for law in laws.values()], infer_schema_length=None)


def _formula(law: Law) -> str:
    """The formula as SymPy prints it, which takes longer than the rest of the row: once a process for each version."""
    if version(law) not in _FORMULAS:
        _FORMULAS[version(law)] = str(law.formula)
    return _FORMULAS[version(law)]


_FORMULAS: dict[str, str] = {}


def _row(law: Law) -> dict[str, object]:
    return {
        "law": law.name,
        "version": version(law),
        "formula": _formula(law),
        "latex": latex(law),
        "signature": signature(law),
        "example_sql": example_sql(law),
        "response": law.response,
        "response_unit": law.response_unit,
        "needs": list(law.needs),
        "question": law.question,
        "source": law.source,
        "objective": law.objective.name,
        "variant_of": law.variant_of,
        "avoid": law.avoid,
        "valid_range": [{"key": column, "value": list(ends)} for column, ends in law.valid_range.items()],
    }


def published_rows() -> pl.DataFrame:
    """Table `law_published`: one row a published constant; a per-pool constant is named parameter[pool]."""
    schema = {
        "law": pl.String,
        "setting": pl.String,
        "parameter": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "reference": pl.String,
        "verified": pl.Boolean,
    }
    return pl.DataFrame([row for law in laws.values() for row in _constants(law)], schema=schema)


def _constants(law: Law) -> Iterator[dict[str, object]]:
    for published in law.published:
        for name, value in _flat(published):
            yield {
                "law": law.name,
                "setting": published.setting,
                "parameter": name,
                "value": value,
                "low": published.low.get(name),
                "high": published.high.get(name),
                "reference": published.reference,
                "verified": published.verified,
            }


def _flat(published: Published) -> Iterator[tuple[str, float]]:
    for name, value in published.values.items():
        if isinstance(value, int | float):
            yield name, float(value)
        else:
            yield from ((f"{name}[{pool}]", float(level)) for pool, level in value.items())


def laws_markdown() -> str:
    """docs/laws.md: every declared law, made from its declaration by `python -m pipeline.laws.book`."""
    parts = ["# The law book", "", "Made from the declarations by `python -m pipeline.laws.book > docs/laws.md`.", ""]
    parts += ["| law | response | needs | question | source |", "|---|---|---|---|---|"]
    for law in laws.values():
        needs = ", ".join(law.needs)
        parts.append(f"| [{law.name}](#{law.name}) | {law.response} | {needs} | {law.question} | {law.source} |")
    for law in laws.values():
        parts += ["", *_section(law)]
    return "\n".join(parts) + "\n"


def _section(law: Law) -> Iterator[str]:
    yield f"## {law.name}"
    yield ""
    yield f"{law.question} {law.source}." + (f" A variant of [{law.variant_of}](#{law.variant_of})." if law.variant_of else "")
    yield ""
    yield f"$${latex(law)}$$"
    yield ""
    yield "| parameter | meaning | unit | per |"
    yield "|---|---|---|---|"
    for p in law.parameters:
        yield f"| {p.name} | {p.meaning} | {p.unit} | {p.per or 'cohort'} |"
    yield ""
    yield f"Response: {law.response} ({law.response_unit}). Fitted by {law.objective.name}."
    if law.valid_range:
        yield "Range: " + "; ".join(f"{column} {low:g} to {high:g}" for column, (low, high) in law.valid_range.items()) + "."
    if law.avoid:
        yield f"Not for: {law.avoid}"
    yield ""
    yield "```sql"
    yield example_sql(law)
    yield "```"
    for published in law.published:
        constants = ", ".join(f"{name} {value:.7g}" for name, value in _flat(published))
        mark = "" if published.verified else " (not verified: no test target)"
        yield f"* {published.setting}{mark}: {constants}."


if __name__ == "__main__":
    print(laws_markdown(), end="")
