"""Versions of what makes fits and plans: the fitting and planning code, and the book of laws."""

from functools import cache
from hashlib import blake2b

from pipeline.home import PROJECT
from pipeline.laws import laws
from pipeline.laws.compile import version
from pipeline.store.store import short_hash

CODE = ("pipeline/fitting", "pipeline/planning")


@cache
def code_version() -> str:
    """Hash of the files whose change may change a fit or a plan."""
    hashed = blake2b(digest_size=8)
    for path in sorted(file for folder in CODE for file in (PROJECT / folder).glob("*.py")):
        hashed.update(path.name.encode() + path.read_bytes())
    return hashed.hexdigest()


def book_version() -> str:
    """Hash of all laws and of the fitting and planning code: Dagster's code version of the fits."""
    return short_hash(code_version(), *(f"{name}@{version(law)}" for name, law in sorted(laws.items())))
