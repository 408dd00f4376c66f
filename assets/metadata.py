"""What an asset shows in the UI: row counts, column schemas, a table, a picture."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from pipeline.schema import TABLES

OWNERS = ["team:lawbook"]
"""Who is asked about an asset, as the UI shows it; an installation may name its own team here."""
LARGEST_PICTURE = 42_000  # characters of Markdown, a picture of 30 kB; a larger one makes the UI slow


def column_schema(table: str) -> dg.TableSchema:
    """Columns of a table with type and meaning, as the UI shows them."""
    columns = [dg.TableColumn(c.name, c.type, description=c.comment) for c in TABLES[table].columns]
    return dg.TableSchema(columns=columns)


def records(rows: Sequence[dict[str, object]]) -> dg.TableMetadataValue | dg.TextMetadataValue:
    """Rows as a table that shows inline; a word where there is none."""
    if not rows:
        return dg.MetadataValue.text("none")
    plain = [{key: v if isinstance(v, str | int | float | bool) else str(v) for key, v in row.items()} for row in rows]
    return dg.MetadataValue.table([dg.TableRecord(row) for row in plain])


def versioned(asset: str, partition: str, version: str, metadata: Mapping[str, Any] | None = None) -> dg.AssetMaterialization:
    """What an asset reports of one partition of another: its data version decides whether anything downstream is due."""
    tags = {"dagster/data_version": version, "dagster/data_version_is_user_provided": "true"}
    return dg.AssetMaterialization(asset, partition=partition, tags=tags, metadata=metadata)


def picture(media_type: str, drawn: bytes) -> dg.MarkdownMetadataValue | dg.TextMetadataValue:
    """A picture that the UI renders behind [Show Markdown]; a word where it is too large."""
    text = f"![plot](data:{media_type};base64,{base64.b64encode(drawn).decode()})"
    if len(text) > LARGEST_PICTURE:
        return dg.MetadataValue.text("the picture is too large for the UI; see report.html")
    return dg.MetadataValue.md(text)
