"""One short hash for keys that are kept: of runs, files, fits and tables."""

import hashlib


def short_hash(*parts: object) -> str:
    """16 hexadecimal digits over the parts in order."""
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).hexdigest()
