"""A folder of an object store: which objects lie in it, the first bytes of one, and copies of many. All of it through fsspec.

The keys come from the environment, as the store's own library reads them. What a store answers may quote them, so its words
are never passed on: only the kind of error is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.faults import stops
from pipeline.store.short_hash import short_hash

PARTS = ".parts"
MARKS = (
    "ETag",
    "etag",
    "md5Hash",
    "content_md5",
    "md5",
    "crc32c",
    "generation",
    "LastModified",
    "last_modified",
    "updated",
    "mtime",
)


@dataclass(frozen=True)
class Object:
    """An object: its path below the address, its size in bytes, and a mark that changes whenever it is written."""

    key: str
    size: int
    mark: str

    @property
    def wrong(self) -> str:
        """Why it cannot lie under its name in a folder; empty where it can."""
        parts = self.key.split("/")
        if {"", ".", ".."} & set(parts) or "\0" in self.key:
            return "a part of its name is empty, '.' or '..', or holds a zero; rename the object"
        longest = max(len(part.encode(errors="replace")) for part in parts)
        return f"a part of its name is {longest} bytes long, a file's has at most 255; rename the object" if longest > 255 else ""


def listed(url: str) -> list[Object]:
    """What lies below the address, by name. FileNotFoundError: there is nothing. NotADirectoryError: it is an object."""
    system, root = _reached(url)
    system.invalidate_cache()  # a process that looks again and again would see what it saw first
    found = system.find(root, detail=True)
    if root in found:
        raise NotADirectoryError(url)
    every = [_object(path, root, info) for path, info in sorted(found.items()) if info.get("type", "file") == "file"]
    if not every:
        raise FileNotFoundError(url)
    return [item for item in every if item.size or not item.key.endswith("/")]  # the others only mark folders


def head(url: str, key: str, size: int) -> bytes:
    """The first bytes of an object."""
    system, root = _reached(url)
    return bytes(system.cat_file(f"{root}/{key}", start=0, end=size))


def fetch(url: str, objects: Sequence[Object], folder: Path) -> list[str]:
    """Copies the objects below `folder`, each in one step; returns for each what went wrong, or nothing.

    Workers run this: each copies its own share.
    """
    system, root = _reached(url)
    parts = [folder / PARTS / short_hash(item.key, item.mark) for item in objects]
    parts[0].parent.mkdir(parents=True, exist_ok=True)
    try:  # all at once, which an object store answers many times faster
        system.get([f"{root}/{item.key}" for item in objects], [str(part) for part in parts])
    except Exception:
        return [_copied(system, root, item, part, folder) for item, part in zip(objects, parts, strict=True)]
    return [_placed(part, folder / item.key) for item, part in zip(objects, parts, strict=True)]


def _copied(system: Any, root: str, item: Object, part: Path, folder: Path) -> str:
    """One by one, so that an object that cannot be read costs itself alone."""
    try:
        system.get_file(f"{root}/{item.key}", str(part))
    except Exception as error:
        part.unlink(missing_ok=True)
        if stops(error):
            raise
        return said(error)
    return _placed(part, folder / item.key)


def _placed(part: Path, target: Path) -> str:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        return said(error)
    return ""


def said(error: Exception) -> str:
    """The kind of an error, and what this machine says of it; a store's own words may quote keys."""
    here = error.strerror if isinstance(error, OSError) and error.filename is not None else None
    return f"{type(error).__name__}: {here}" if here else type(error).__name__


def _reached(url: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs  # here: most homes watch folders only

    system, root = url_to_fs(url)
    return system, str(root).rstrip("/")


def _object(path: str, root: str, info: Mapping[str, Any]) -> Object:
    key = str(path).removeprefix(f"{root}/")
    return Object(key, int(info.get("size") or 0), short_hash(*(f"{name}={info[name]}" for name in MARKS if info.get(name))))
