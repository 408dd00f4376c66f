"""An advisory lock on a file, held by one open handle; the system releases it when the process dies, however it dies."""

import errno
import fcntl
from pathlib import Path
from typing import IO

HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}
"""What the system says where another handle has the lock; all else is that the file cannot be locked."""
NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}
"""What it says of a file system that keeps no locks."""


def lock(path: Path, mode: str = "a+") -> IO[str] | None:
    """The locked file, or None where another handle holds it (of this process or of another one). Raises OSError."""
    handle = path.open(mode, encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        if error.errno in HELD:
            return None
        raise
    return handle


def unlock(handle: IO[str]) -> None:
    """Releases the lock."""
    handle.close()


def lock_is_free(path: Path) -> bool:
    """Whether nobody holds the lock; a lock that has never been taken is free. Only looks: the disk may be read-only."""
    if not path.is_file():
        return True
    handle = lock(path, "r")
    if handle is None:
        return False
    unlock(handle)
    return True
