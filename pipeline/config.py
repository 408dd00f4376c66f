"""config.toml of a home: its keys, how it is read, and what is wrong with it in words."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.declarations import text_of, toml, unread
from pipeline.errors import ConfigError, Wrong, meant

URL = re.compile(r"([a-z][a-z0-9+.-]*)://[^\s@?#:]+(?::\d+)?[^\s@?#:]*")
"""An address of an object store; names, passwords and keys have no place in it."""

NO_STORES = ("file", "local", "memory", "http", "https", "data")

CHOICES = re.compile(r"\^\(([^()]*)\)\$")


class Retention(BaseModel):
    """How long things are kept."""

    model_config = ConfigDict(extra="forbid")
    draws_days: int = Field(default=30, ge=0, description="days that the draws of replaced fits are kept")
    history_rows: int = Field(default=5_000_000, ge=1, description="measurements from which on they move to the Parquet history")
    backups: int = Field(default=3, ge=1, description="backups of work.duckdb that are kept")


class Config(BaseModel):
    """config.toml of a home; every key is optional, an unknown one is refused."""

    model_config = ConfigDict(extra="forbid")
    watch: dict[str, str] = Field(default_factory=dict, description="namespace = folder or object-store URL of logs")
    trackers: dict[str, str] = Field(default_factory=dict, description="namespace = address of a tracking server")
    compute: str = Field(default="auto", pattern=r"^(auto|local|processes(:\d+)?|dask://[^\s/]+:\d+)$")
    shipped: bool = Field(
        default=False, description="whether the runs and studies that ship with the project are taken: the demo home"
    )
    history: str | None = Field(default=None, description="folder or object-store URL of the Parquet history")
    hardware: Path | None = Field(default=None, description="a hardware.toml of your own")
    memory: str = Field(default="3GiB", pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$", description="memory that the store may use")
    wait_seconds: float = Field(default=60.0, gt=0, description="how long to wait for another writer")
    largest_file: int = Field(default=64 * 2**30, gt=0, description="bytes above which a log file is refused")
    allow_law_files: bool = Field(default=True, description="whether laws/*.py of the home, which are Python, are loaded")
    on_failure: list[str] = Field(default_factory=list, description="program and arguments that are told of a failed study")
    retention: Retention = Retention()

    @field_validator("watch")
    @classmethod
    def _watched(cls, value: dict[str, str]) -> dict[str, str]:
        return {namespace: _place(place).rstrip("/") for namespace, place in value.items()}

    @field_validator("history")
    @classmethod
    def _kept(cls, value: str | None) -> str | None:
        return value if value is None else _place(value)


def _place(text: str) -> str:
    """A folder or an address, checked: an address may hold no key."""
    if "://" in text:
        found = URL.fullmatch(text)
        if not found or found.group(1) in NO_STORES:
            raise Wrong("write a folder or an object store's URL like s3://BUCKET/FOLDER", fix="keys come from the environment")
    return text


def read_config(path: Path) -> Config:
    """The settings in `path`, or the defaults where there is none; an error names file, key and fix."""
    if not path.exists():
        return Config()
    try:
        return Config.model_validate(toml(text_of(path)))
    except ValidationError as error:
        message, fix = explained(error, Config)
        raise ConfigError(message, place=str(path), fix=fix) from error
    except (OSError, ValueError) as error:
        message, fix = unread(error)
        raise ConfigError(message, place=str(path), fix=fix.replace("that line", "that line or remove the file")) from error


def explained(error: ValidationError, model: type[BaseModel]) -> tuple[str, str]:
    """A validation error in words, and the fix, with the keys or values that are known; of several errors the last one's fix."""
    lines: list[tuple[str, str]] = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or "(file)"
        if item["type"] == "extra_forbidden":
            known = _keys(model, item["loc"][:-1])
            hint = meant(str(item["loc"][-1]), known)
            lines.append((f"unknown key {key!r}{hint}", f"remove it, or use one of {', '.join(known)}"))
        elif item["type"] == "missing":
            lines.append((f"key {key!r} is missing", "add it"))
        else:
            wrong, fix = _wrong(item)
            lines.append((f"key {key!r} = {repr(item['input'])[:100]}: {wrong}", fix))
    message, fix = lines.pop()
    return "; ".join([*(f"{said}; {mend}" for said, mend in lines), message]), fix


def _keys(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """The keys that may stand at a place of a declaration."""
    for part in place:
        field = model.model_fields.get(str(part))
        kinds = get_args(field.annotation) or (field.annotation,) if field else ()
        model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), model)
    return [name for name, field in model.model_fields.items() if not field.exclude]


def _wrong(item: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a value, and the fix: of a pattern that lists the only values, these."""
    values = CHOICES.fullmatch(item.get("ctx", {}).get("pattern", ""))
    if values is not None:
        known = values[1].split("|")
        return "not one of the known values", f"use one of {', '.join(known)}{meant(str(item['input']), known)}"
    error = item.get("ctx", {}).get("error")
    said, fix = (error.message, error.fix) if isinstance(error, Wrong) else (str(item["msg"]).removeprefix("Value error, "), "")
    return said.replace("Input should", "it must").replace("String should", "it must"), fix or "correct it"
