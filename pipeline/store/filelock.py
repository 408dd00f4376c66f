"""An advisory lock on a file, held by one open handle; the system releases it when the process dies, however it dies."""

import fcntl
from pathlib import Path
from typing import IO


def lock(path: Path, mode: str = "a+") -> IO[str] | None:
    """The locked file, or None where another handle holds it (of this process or of another one)."""
    handle = path.open(mode, encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    return handle


def unlock(handle: IO[str]) -> None:
    """Releases the lock."""
    handle.close()


def lock_is_free(path: Path) -> bool:
    """Whether nobody holds the lock; a lock that has never been taken is free. Only looks: the disk may be read-only."""
    if not path.exists():
        return True
    handle = lock(path, "r")
    if handle is None:
        return False
    unlock(handle)
    return True
