"""A fit as bytes and back: NumPy's npz with the rest as JSON inside, so that reading one can run nothing."""

import io
import json
from dataclasses import asdict, fields
from typing import Any
from zipfile import BadZipFile

import numpy as np
import polars as pl

from pipeline.errors import WarehouseError
from pipeline.fitting import Certificate, Fit, Misfit
from pipeline.fitting.evidence.heldout import EMPTY
from pipeline.laws.law import Law, Objective

PARTS = {"certificate": Certificate, "misfit": Misfit, "objective": Objective}
LEFT_OUT = ("law",)
RENAMED = {"cure": "fix"}
"""Fields of a certificate by the names that older programs have stored."""


def dump_fit(fit: Fit) -> bytes:
    """The fit without its law, which the registry keeps."""
    arrays: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for item in fields(fit):
        value = getattr(fit, item.name)
        if item.name in LEFT_OUT:
            continue
        if isinstance(value, pl.DataFrame):
            value = value.write_json()
        if isinstance(value, np.ndarray):
            arrays[item.name] = value
        else:
            values[item.name] = asdict(value) if item.name in PARTS else value
    buffer = io.BytesIO()
    arrays["json"] = np.frombuffer(json.dumps(values, default=_plain).encode(), dtype=np.uint8)
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def load_fit(state: bytes, law: Law) -> Fit:
    """The fit that `dump_fit` stored. Raises WarehouseError where the bytes are no such fit."""
    try:
        return Fit(law=law, **_parts(state))
    except (ValueError, KeyError, TypeError, OSError, EOFError, BadZipFile) as error:
        raise WarehouseError(
            f"the stored fit of law {law.name} cannot be read ({error})", fix="remove its study's row and refit"
        ) from error


def _parts(state: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(state), allow_pickle=False) as packed:
        arrays: dict[str, Any] = {name: packed[name] for name in packed.files}
    values: dict[str, Any] = json.loads(arrays.pop("json").tobytes())
    stored = values["certificate"]
    values["certificate"] = {RENAMED.get(name, name): stored[name] for name in stored}
    for name, kind in PARTS.items():
        values[name] = kind(**values[name])
    if values["held_out"] is not None:
        values["held_out"] = pl.read_json(io.StringIO(values["held_out"]), schema=EMPTY.schema)
    values["index"] = [(parameter, pool) for parameter, pool in values["index"]]
    values |= {name: tuple(values.get(name, ())) for name in ("run_keys", "pools", "axis", "schedules")}
    return arrays | values


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return dict(value) if hasattr(value, "keys") else list(value)
