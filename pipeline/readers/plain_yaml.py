"""YAML as plain values: nothing in it is executed, and what carries a tag of a program is the plain value below the tag."""

from pathlib import Path
from typing import Any

import yaml


class _Plain(yaml.SafeLoader):
    """The safe loader, with unknown tags left out: `!!python/tuple [1, 2]` is a list."""


def _plain(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value or None


_Plain.add_multi_constructor("", _plain)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises yaml.YAMLError where it holds none, UnicodeDecodeError where it is no UTF-8."""
    found = yaml.load(path.read_text(encoding="utf-8"), Loader=_Plain)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise yaml.YAMLError(f"it holds {type(found).__name__}, not names with values")
    return {str(key): value for key, value in found.items()}
