"""JSON Schemas for editors of the three files that people write, made from what checks them: study, map, config.toml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipeline.config import Config
from pipeline.ingest.maps.map_file import MapFile
from pipeline.laws import laws
from pipeline.study.declaration import CONVENTIONS, MEASURED, PLAN_KEYS, RUN_COLUMNS, Study

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """The schema of each kind of file, by its name: study, map, config."""
    kinds: dict[str, tuple[type[BaseModel], Callable[[Schema], None]]] = {
        "study": (Study, _study),
        "map": (MapFile, lambda _properties: None),
        "config": (Config, lambda _properties: None),
    }
    return {name: _schema(name, model, narrow) for name, (model, narrow) in kinds.items()}


def write_schemas(folder: Path) -> list[Path]:
    """Writes <kind>.schema.json of each kind; a file that is current stays as it is."""
    import json

    paths = []
    for name, schema in schemas().items():
        path, text = folder / f"{name}.schema.json", json.dumps(schema, indent=1) + "\n"
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


FILLED = ("laws",)
"""Keys that the model fills before it looks: a study without laws has the rivals of its family compete."""


def _schema(name: str, model: type[BaseModel], narrow: Callable[[Schema], None]) -> Schema:
    made = model.model_json_schema()
    narrow(made["properties"])
    made["required"] = [key for key in made.get("required", []) if key not in FILLED]
    return {"$schema": DIALECT, **made, "title": f"Lawbook {name}"}


def _study(properties: Schema) -> None:
    """What the model leaves to its validators: names of laws, columns and keys; the short form of points."""
    properties.pop("source", None)
    properties["points"] = {"anyOf": [{"enum": ["final", "all", "best"]}, {"$ref": "#/$defs/Points"}], "default": "final"}
    properties["laws"]["items"] = {"enum": sorted(laws)}
    properties["accept"]["items"] = {"enum": list(CONVENTIONS)}
    properties["group_by"]["items"] = {"anyOf": [{"enum": sorted([*RUN_COLUMNS, *MEASURED])}, {"pattern": r"^tags\."}]}
    properties["plan"] = {"type": "object", "properties": {key: {} for key in PLAN_KEYS}, "additionalProperties": False}
