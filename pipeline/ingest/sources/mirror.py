"""Watched folders of object stores: what is new or changed there is copied into the home, where ingest takes it like any file.

A copy stays as long as its object: so a changed map reads it again without the network, and an unchanged object is not fetched
twice. What is no log by its name, or by the first bytes of a large one, is not copied at all.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import quote

from pipeline.compute import IN_PROCESS, MapLike
from pipeline.faults import stops
from pipeline.home import Home
from pipeline.ingest.sources.cursor import read_cursor, write_cursor
from pipeline.ingest.sources.objects import PARTS, Object, fetch, head, listed, said
from pipeline.readers.shape import HEAD
from pipeline.store.short_hash import short_hash

MOST_OBJECTS, MOST_BYTES = 256, 256 << 20
"""Of one share: what is fetched at once, by one worker."""
UNREAD = (".tmp", ".part", ".swp", ".crdownload", ".md", "-shm", "-journal")
"""Ends of names of what is neither a log nor read with one."""
MAP_BESIDE = ".map.toml"
FIX = "check the address, the network and the keys in the environment"
EXTRA = 'pip install "lawbook[object-store]"'
Said = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Rules:
    """Which objects are copied: none of more than `largest` bytes; of those above `look_first` only what `is_log` knows.

    `is_log` gets the place of the copy and the first bytes; `read_as` changes when it may answer otherwise.
    """

    largest: int
    is_log: Callable[[Path, bytes], bool]
    read_as: str
    look_first: int = 16 << 20


@dataclass
class Known:
    """What is remembered of one watched address: marks of the copies, looks at what is no log, and why others are refused."""

    url: str = ""
    copied: dict[str, str] = field(default_factory=dict)
    no_logs: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, url: str) -> "Known":
        """As it was remembered for that address; nothing for another one."""
        found = read_cursor(folder)
        return cls(**found) if found.get("url") == url else cls(url)


def folder_of(home: Home, namespace: str) -> Path:
    """Where the copies of that namespace lie."""
    return home.root / "mirrors" / f"of_{quote(namespace, safe='')}"


def refused(folder: Path, url: str) -> dict[str, str]:
    """The objects that cannot be copied, and why."""
    return Known.read(folder, url).wrong


def mirror(home: Home, rules: Rules, over: MapLike = IN_PROCESS, say: Said = lambda _done, _all, _what: None) -> list[str]:
    """Copies what is new in every watched object store; returns an error in words for each address or object that failed.

    The caller holds the store's lock: one process copies at a time.
    """
    errors: list[str] = []
    for namespace, url in home.watched_urls.items():
        with _told(namespace, url, errors):
            errors += _Mirror(folder_of(home, namespace), url, rules).copy(over, say)
    return errors


def news(home: Home, namespace: str, rules: Rules) -> tuple[list[Object], list[str]]:
    """What the next ingest would copy or look at from that namespace's object store, and errors in words. Copies nothing."""
    url, errors = home.watched_urls[namespace], list[str]()
    with _told(namespace, url, errors):
        return _Mirror(folder_of(home, namespace), url, rules).new, errors
    return [], errors


@contextmanager
def _told(namespace: str, url: str, errors: list[str]) -> Iterator[None]:
    """Whatever a store or its library answers becomes an error with its fix: the other logs are still taken."""
    place = f"[watch] {namespace} = {url!r} in config.toml"
    try:
        yield
    except ImportError as error:
        errors.append(f"{place}: {error}; for S3: {EXTRA}")
    except FileNotFoundError:
        errors.append(f"{place}: nothing lies there; {FIX}")
    except NotADirectoryError:
        errors.append(f"{place} is one object; name the folder that it lies in")
    except Exception as error:
        if stops(error):
            raise
        errors.append(f"{place} cannot be copied: {said(error)}; {FIX}")


class _Mirror:
    """One watched address as it is now, beside what is known of it."""

    def __init__(self, folder: Path, url: str, rules: Rules) -> None:
        self.folder, self.url, self.rules, self.known = folder, url, rules, Known.read(folder, url)
        self.objects = {item.key: item for item in listed(url)}
        folders = {key[:place] for key in self.objects for place, sign in enumerate(key) if sign == "/"}
        self.wrong = {key: why for key, item in self.objects.items() if (why := _wrong(item, folders, rules))}

    @property
    def new(self) -> list[Object]:
        """What has not been copied as it is now, and may be a log."""
        return [item for key, item in self.objects.items() if key not in self.wrong and _is_read(key) and self._is_new(item)]

    def copy(self, over: MapLike, say: Said) -> list[str]:
        """Copies it, share after share; returns an error in words for each object that could not be copied."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.folder / PARTS, ignore_errors=True)  # of an ingest that was killed
        self._forget()
        self.known.wrong = self.wrong
        parts = list(shares([item for item in self.new if self._is_log(item)]))
        total, done, errors = sum(item.size for part in parts for item in part), 0, list[str]()
        before = {item.key: self._state(item) for part in parts for item in part}
        places = [self.url] * len(parts), parts, [self.folder] * len(parts)
        for part, failures in zip(parts, over(fetch, *places), strict=True):
            errors += self._copied(part, failures, before)
            done += sum(item.size for item in part)
            write_cursor(self.folder, asdict(self.known))
            say(done, total, self.url)
        write_cursor(self.folder, asdict(self.known))
        return errors

    def _is_new(self, item: Object) -> bool:
        there = self.known.copied.get(item.key) == item.mark and self._has(item)
        return not there and self.known.no_logs.get(item.key) != self._look(item)

    def _look(self, item: Object) -> str:
        return short_hash(item.mark, self.rules.read_as, item.key + MAP_BESIDE in self.objects)

    def _is_log(self, item: Object) -> bool:
        """Whether it is worth the copy: a checkpoint of 100 GB is told by its first bytes. What is none is not asked again."""
        if item.size <= self.rules.look_first or item.key + MAP_BESIDE in self.objects:
            return True
        try:
            start = head(self.url, item.key, HEAD)
        except Exception:  # it costs itself alone: that it cannot be copied is said of it
            return True
        if self.rules.is_log(self.folder / item.key, start):
            return True
        self.known.no_logs[item.key] = self._look(item)
        return False

    def _copied(self, part: Sequence[Object], failures: Sequence[str], before: dict[str, object]) -> list[str]:
        """Errors of a share. What a worker has put on a disk of its own, so that nothing is another here, is copied here."""
        lost = [item for item, why in zip(part, failures, strict=True) if not why and self._state(item) == before[item.key]]
        again = dict(zip(lost, fetch(self.url, lost, self.folder), strict=True)) if lost else {}
        said_of = {item: why or again.get(item, "") for item, why in zip(part, failures, strict=True)}
        self.known.copied |= {item.key: item.mark for item, why in said_of.items() if not why}
        fix = f"{FIX}; the next ingest tries again"
        return [f"{self.url}/{item.key} cannot be copied: {why}; {fix}" for item, why in said_of.items() if why]

    def _forget(self) -> None:
        """Removes copies of objects that are gone or refused now; what was taken from them stays in the store."""
        for key in list(self.known.copied):
            if key not in self.objects or key in self.wrong:
                del self.known.copied[key]
                _remove(self.folder / key, self.folder)
        self.known.no_logs = {key: look for key, look in self.known.no_logs.items() if key in self.objects}

    def _has(self, item: Object) -> bool:
        copy = self.folder / item.key
        return copy.is_file() and copy.stat().st_size == item.size

    def _state(self, item: Object) -> object:
        """Another one for every copy that is made."""
        copy = self.folder / item.key
        return (copy.stat().st_ino, copy.stat().st_mtime_ns) if copy.is_file() else None


def _remove(copy: Path, folder: Path) -> None:
    """Removes a copy, and the folders that it leaves empty: an object may come under their name."""
    copy.unlink(missing_ok=True)
    for parent in copy.parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()


def shares(wanted: Sequence[Object]) -> Iterator[list[Object]]:
    """The objects in order, in shares that one worker copies at once."""
    share: list[Object] = []
    for item in wanted:
        if share and (len(share) == MOST_OBJECTS or sum(one.size for one in share) + item.size > MOST_BYTES):
            yield share
            share = []
        share.append(item)
    yield from [share] if share else []


def _wrong(item: Object, folders: set[str], rules: Rules) -> str:
    if item.size > rules.largest:
        return f"{item.size} bytes; largest_file in config.toml allows {rules.largest}"
    return "it is also a folder of other objects; rename it" if item.key in folders else item.wrong


def _is_read(key: str) -> bool:
    return not key.lower().endswith(UNREAD) and not any(part.startswith(".") for part in key.split("/"))
