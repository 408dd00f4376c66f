"""The notebook of docs/notebook.md: its cells, run one after another, each with what it shows."""

from __future__ import annotations

import ast
import os
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from tests.newcomer import EXPORT, write_export

CELLS = (
    'from pipeline import fit, laws, plan, read\n\nlogs = read("wandb_export.csv")\nlogs',
    'frame = logs.frame("loss", split="validation")\nframe.select("run_id", "params", "data_seen", "value").head(3)',
    'model = fit(laws["chinchilla"], frame, draws=300)\nmodel',
    "model.summary()",
    'sizes = plan.compute_optimal(model, flops=[1e22, 1e23])\nsizes.select("flops", "params", "params_low", "params_high")',
    'print(sizes["sentence"][1])',
    'bill = plan.price(model, flops=[1e23], accelerator="h100-sxm", accelerator_count=256)\nprint(bill["sentence"][0])',
)


def page() -> str:
    """The cells as Markdown, each followed by what it shows."""
    known: dict[str, Any] = {}
    before = Path.cwd()
    with (
        tempfile.TemporaryDirectory() as folder,
        pl.Config(tbl_hide_dataframe_shape=True, tbl_width_chars=100),
    ):
        write_export(Path(folder) / EXPORT)
        os.chdir(folder)
        try:
            parts = [f"```python\n{cell}\n```\n```text\n{shown(cell, known)}\n```\n" for cell in CELLS]
        finally:
            os.chdir(before)
    return "\n".join(parts)


def shown(cell: str, known: dict[str, Any]) -> str:
    """Runs a cell among the names of those before it; what its last expression shows, or what it prints."""
    *first, last = ast.parse(cell).body
    exec(compile(ast.Module(first, []), "cell", "exec"), known)
    assert isinstance(last, ast.Expr)
    printed: list[str] = []
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), {**known, "print": lambda text: printed.append(str(text))})
    return "\n".join(printed) if printed else repr(value)
