"""The table of accelerators (`data/hardware.toml`): dense peak, memory, dated price. Unknown keys are refused."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline import places
from pipeline.declarations import text_of, toml, unread
from pipeline.errors import HardwareError, Wrong

SHIPPED = places.SHIPPED / "data" / "hardware.toml"
TRAINING_DTYPES = ("bf16", "fp16", "tf32", "fp32")  # what a run trains in where nothing is said: the first that a device has


class Accelerator(BaseModel):
    """One device: `peak_flops` is dense FLOP/s per dtype, `price` is per device-hour at `price_date`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    title: str
    match: tuple[str, ...] = ()
    memory_bytes: float = Field(gt=0)
    price: float = Field(ge=0)
    price_date: dt.date
    source: str
    peak_flops: dict[str, float] = Field(min_length=1)

    @model_validator(mode="after")
    def _peaks_are_positive(self) -> Accelerator:
        wrong = {dtype: peak for dtype, peak in self.peak_flops.items() if not peak > 0}
        if wrong:
            raise ValueError(f"peak_flops {wrong} must be positive dense FLOP/s")
        return self

    def peak(self, dtype: str | None = None) -> float:
        """Dense FLOP/s of one device for `dtype`; without one, of the dtype that training uses."""
        if dtype is None:
            dtype = next((d for d in TRAINING_DTYPES if d in self.peak_flops), next(iter(self.peak_flops)))
        if dtype not in self.peak_flops:
            raise HardwareError(
                f"accelerator {self.name!r} has no peak for dtype {dtype!r}", fix=f"it has {sorted(self.peak_flops)}"
            )
        return self.peak_flops[dtype]


class Hardware(BaseModel):
    """All accelerators, and the one that a plan is priced on where its study names none."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    version: Literal[1] = Field(alias="schema")
    default: str
    currency: str = "USD"
    accelerators: dict[str, Accelerator] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _names(cls, raw: dict[str, Any]) -> dict[str, Any]:
        table = raw.get("accelerators")
        if isinstance(table, dict):
            named = {name: {"name": name, **entry} if isinstance(entry, dict) else entry for name, entry in table.items()}
            raw = {**raw, "accelerators": named}
        return raw

    @model_validator(mode="after")
    def _default_is_there(self) -> Hardware:
        if self.default not in self.accelerators:
            raise Wrong(f"default = {self.default!r} is no accelerator of this file", fix=f"it has {sorted(self.accelerators)}")
        return self

    def accelerator(self, name: str | None = None) -> Accelerator:
        """The accelerator of that name, or the default."""
        name = self.default if name is None else name
        if name not in self.accelerators:
            raise HardwareError(
                f"no accelerator {name!r} in the hardware table", fix=f"it has {', '.join(sorted(self.accelerators))}"
            )
        return self.accelerators[name]

    def recognise(self, logged: str | None) -> Accelerator | None:
        """The accelerator that a log's text means ("NVIDIA A100-SXM4-80GB"), or None. The longest matching word wins."""
        if not logged:
            return None
        text = logged.lower()
        if text in self.accelerators:
            return self.accelerators[text]
        hits = [(len(word), device) for device in self.accelerators.values() for word in device.match if word.lower() in text]
        return max(hits, key=lambda hit: hit[0])[1] if hits else None


def load_hardware(path: Path | None = None) -> Hardware:
    """Read a hardware table (without a path: the shipped one). An error names file, key and fix."""
    path = SHIPPED if path is None else path
    return _read(path, hardware_digest(path))


@lru_cache(maxsize=8)
def _read(path: Path, digest: str) -> Hardware:  # noqa: ARG001 - the digest is the cache's key: an edited table is read anew
    try:
        return Hardware.model_validate(toml(text_of(path)))
    except FileNotFoundError as missing:
        raise HardwareError(f"no hardware table at {path}", fix="correct `hardware` in config.toml or remove it") from missing
    except ValidationError as bad:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']} (is {_shown(e['input'])})" for e in bad.errors()
        )
        raise HardwareError(f"{faults}", place=str(path), fix="compare with data/hardware.toml") from bad
    except (OSError, ValueError) as bad:
        message, fix = unread(bad)
        raise HardwareError(message, place=str(path), fix=fix) from bad


def hardware_digest(path: str | Path | None = None) -> str:
    """A hash of a hardware table's bytes: plans are priced anew when it changes. Empty where there is no such file."""
    file = SHIPPED if path is None else Path(path)
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) < 60 else text[:57] + "..."
