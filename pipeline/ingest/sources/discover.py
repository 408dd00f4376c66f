"""Which log files there are, and whose runs they hold."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.faults import stops
from pipeline.home import Home
from pipeline.ingest.sources.found import Found
from pipeline.ingest.sources.mirror import MAP_BESIDE, UNREAD, folder_of, refused
from pipeline.ingest.sources.trackers import spool
from pipeline.readers.formats.mlflow_store import run_files
from pipeline.readers.formats.other_trackers import BESIDE_COMET, COMET_METRICS
from pipeline.readers.formats.trainers import BESIDE_STATE, STATE

IGNORED = (*UNREAD, MAP_BESIDE, "-wal")  # the last two are read with the file beside them
COMPANIONS = (
    "config.yaml",
    "hparams.yaml",
    "wandb-metadata.json",
    "requirements.txt",
    "meta.yaml",
)  # read with the log beside them
READ_WITH = {STATE: BESIDE_STATE, **dict.fromkeys(COMET_METRICS, BESIDE_COMET)}
"""Files that are read with a log of that name, or say nothing of it, where it lies beside them."""
EVENTS = ".tfevents."
NUMBERS = re.compile(r"(\d+)")
MLFLOW_RUN, LOGGED = "meta.yaml", {"metrics", "params"}
"""A run of a file store and what it logs; folders that hold nothing are lost where it was copied. An experiment has neither."""
PROJECT_NAMESPACE = "wind_tunnel"
DEEPEST, MOST_LINKS = 64, 2
"""Folders below the inbox, and links to folders on the way to a log: links that lead in circles end there."""


def discover(home: Home, sources: Iterable[Path] | None = None) -> Iterator[Found]:
    """The files of the inbox, the watched folders and the project; or of `sources` alone, files or folders."""
    if sources is not None:
        for source in sources:
            if _is_inbox(source):
                yield from _inbox(source)
                continue
            folder = source if source.is_dir() else source.parent
            yield from _walk(source, folder, folder.name or "default", True)
        return
    yield from _inbox(home.inbox)
    for namespace, folder in home.watched_folders.items():
        yield from _walk(folder, folder, namespace, False)
    for namespace, url in home.watched_urls.items():
        yield from _copies(home, namespace, url)
    for namespace in home.config.trackers:
        yield from _walk(spool(home, namespace), spool(home, namespace), namespace, False)
    yield from _walk(home.project_runs, home.project_runs, PROJECT_NAMESPACE, False)


def _is_inbox(folder: Path) -> bool:
    """Whether it is the inbox of some home: the folders right below it are namespaces, whoever asks."""
    return folder.name == "inbox" and (folder.parent / "maps").is_dir()


def _copies(home: Home, namespace: str, url: str) -> Iterator[Found]:
    """The copies of an object store's logs, and the objects that cannot be copied."""
    folder = folder_of(home, namespace)
    for found in _walk(folder, folder, namespace, False):
        yield replace(found, uri=f"{url}/{found.path.relative_to(folder).as_posix()}")
    for key, wrong in refused(folder, url).items():
        yield Found(folder, namespace, 0, 0, False, wrong=wrong, uri=f"{url}/{key}")


def _inbox(inbox: Path) -> Iterator[Found]:
    try:
        entries = sorted(inbox.iterdir()) if inbox.is_dir() else []
    except OSError as error:
        yield _closed(inbox, "default", True, error)
        return
    for entry in entries:
        own = _is_folder(entry)
        for found in _walk(entry, inbox, entry.name if own else "default", True):
            yield replace(found, base=entry) if own else found


def _is_folder(path: Path) -> bool:
    """Whether it is one; what cannot be asked is none, and `_walk` says why."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _walk(path: Path, root: Path, namespace: str, strict: bool, above: str = "", links: int = 0) -> Iterator[Found]:
    """Files below `path`, sorted; nothing hidden or half-written; links that lead out of `root` are marked.

    `above` is the state of a config.yaml in the folder above, where W&B keeps that of a run. What the disk does not give
    costs itself alone.
    """
    try:
        yield from _below(path, root, namespace, strict, above, links)
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError
        if stops(error):
            raise
        said = getattr(error, "strerror", None) or str(error)
        yield Found(_shown(path), namespace, 0, 0, strict, wrong=f"it cannot be read: {said}; mend its place or its rights")


def _below(path: Path, root: Path, namespace: str, strict: bool, above: str, links: int) -> Iterator[Found]:
    links += path.is_symlink()
    if wrong := _wrong(path, root, links):
        yield Found(_shown(path), namespace, 0, 0, strict, wrong=wrong)
    elif path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        yield Found(path, namespace, 0, 0, strict, outside=True)
    elif path == root and not path.exists():
        return  # a watched folder that is not there yet
    elif stat.S_ISDIR(mode := path.stat().st_mode):  # what has vanished since raises: nothing is left out in silence
        yield from _in_folder(path, root, namespace, strict, above, links)
    elif stat.S_ISREG(mode):
        with os.scandir(path.parent) as found:
            entries = list(found)
        here = _companions(entries)
        beside = "".join(here.get(name, "") for name in (*_read_with(entries), f"{path.name}-wal"))
        yield _found(str(path), path.stat(), root, namespace, strict, beside)
    elif strict:  # nothing is dropped in silence; a watched folder may hold what is no log
        yield Found(path, namespace, 0, 0, strict, wrong="it is a pipe, a socket or a device, and no file; remove it")


def _in_folder(path: Path, root: Path, namespace: str, strict: bool, above: str, links: int) -> Iterator[Found]:
    """What a folder holds: a run of MLflow as one, else its files and what lies below."""
    try:
        with os.scandir(path) as found:
            entries = sorted(found, key=lambda entry: in_order(entry.name))
    except OSError as error:
        yield _closed(path, namespace, strict, error)
        return
    names = {entry.name for entry in entries}
    if MLFLOW_RUN in names and LOGGED & names:
        yield _mlflow_run(path / MLFLOW_RUN, root, namespace, strict)
        return
    here, events, companions = _companions(entries), _event_files(entries), _read_with(entries)
    for entry in entries:
        if entry.name.startswith(".") or entry.name.lower().endswith(IGNORED) or entry.name in companions:
            continue
        if entry.is_file(follow_symlinks=False) and _shown(Path(entry.name)) == Path(entry.name):
            beside = "".join(here.get(name, "") for name in (*companions, f"{entry.name}-wal")) + above
            yield _entry(entry, root, namespace, strict, f"{beside}{events if EVENTS in entry.name else ''}")
        else:
            yield from _walk(Path(entry.path), root, namespace, strict, here.get("config.yaml", ""), links)


def _closed(folder: Path, namespace: str, strict: bool, error: OSError) -> Found:
    """A folder whose names the disk does not give."""
    if stops(error):
        raise error
    return Found(folder, namespace, 0, 0, strict, wrong=f"the folder cannot be read: {error.strerror}; make it readable")


def _wrong(path: Path, root: Path, links: int) -> str:
    if _shown(path) != path:
        return "its name is not UTF-8; rename it"
    if len(path.parts) - len(root.parts) > DEEPEST:
        return f"it lies more than {DEEPEST} folders deep; move it up"
    return f"more than {MOST_LINKS} links lead to it; copy it instead" if links > MOST_LINKS else ""


def _shown(path: Path) -> Path:
    """The path as it can be stored: bytes that are not UTF-8 become signs."""
    return Path(os.fsencode(path).decode("utf-8", errors="replace"))


def _entry(entry: os.DirEntry[str], root: Path, namespace: str, strict: bool, beside: str) -> Found:
    try:
        return _found(entry.path, entry.stat(), root, namespace, strict, beside)
    except OSError as error:
        if stops(error):
            raise
        wrong = f"it cannot be read: {error.strerror or error}; mend its place or its rights"
        return Found(Path(entry.path), namespace, 0, 0, strict, wrong=wrong, root=root)


def _event_files(entries: Iterable[os.DirEntry[str]]) -> str:
    """The event files of a folder: a new one may say that the others end where it starts again."""
    names = sorted(entry.name for entry in entries if EVENTS in entry.name)
    return f"|{len(names)} {names[-1]}" if len(names) > 1 else ""


def _read_with(entries: Iterable[os.DirEntry[str]]) -> tuple[str, ...]:
    """Names of files that are read with the logs of this folder; some only beside the log that they belong to."""
    return (*COMPANIONS, *dict.fromkeys(name for entry in entries for name in READ_WITH.get(entry.name, ())))


def _companions(entries: Sequence[os.DirEntry[str]]) -> dict[str, str]:
    """Size and time of the files of a folder that are read with logs, by name; of a link, its own."""
    names = _read_with(entries)
    return {entry.name: _state(entry) for entry in entries if entry.name in names or entry.name.endswith("-wal")}


def _state(entry: os.DirEntry[str]) -> str:
    try:
        state = entry.stat(follow_symlinks=False)
    except OSError:  # the log that is read with it says why
        return f"|{entry.name} ?"
    return f"|{entry.name} {state.st_size} {state.st_mtime_ns}"


def in_order(name: str) -> tuple[list[str | int], str]:
    """Sorts numbers in names as numbers: checkpoint-1000 is later than checkpoint-900, and the later one is what stands."""
    return [int(part) if part.isdecimal() else part for part in NUMBERS.split(name)], name


def _found(path: str, state: os.stat_result, root: Path, namespace: str, strict: bool, beside: str) -> Found:
    return Found(Path(path), namespace, state.st_size, state.st_mtime_ns, strict, root=root, beside=beside)


def _mlflow_run(meta: Path, root: Path, namespace: str, strict: bool) -> Found:
    """A run of an MLflow file store: one log, with size and time of all its files, for meta.yaml itself rarely changes."""
    if meta.is_symlink() and not meta.resolve().is_relative_to(root.resolve()):
        return Found(meta, namespace, 0, 0, strict, outside=True)
    states = [file.stat() for file in (meta, *run_files(meta))]
    newest = max(state.st_mtime_ns for state in states)
    size = sum(state.st_size for state in states)
    return Found(meta, namespace, size, newest, strict, root=root, beside=f"|{size} {newest}")
