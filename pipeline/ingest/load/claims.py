"""Which file says what: kept beside what is made of it, so that a corrected map can take back what its edition before said."""

from collections.abc import Sequence

from pipeline.ingest.load.batch import Batch
from pipeline.store.statements import Fragment

CLAIMS = ("file_ways", "file_series", "run_claims", "pool_claims")
"""Tables that have rows of files."""


def say_anew(batch: Batch) -> None:
    """Forgets what the files of the batch have said until now, and notes how they are read."""
    for table in CLAIMS:
        batch.run("delete_claims", table=table)
    batch.run("insert_file_ways")


def claim_logs(batch: Batch, *, of_runs: bool) -> None:
    """Notes what the part that was just taken says of its runs, and of which series it has values."""
    batch.run("insert_run_claims", part=Fragment(str(batch.parts)), of_runs=Fragment(str(of_runs).lower()))
    batch.run("insert_file_series")
    batch.parts += 1


def claim_pools(batch: Batch, kind: str, columns: Sequence[str]) -> None:
    """Notes what the part that was just taken says of pools."""
    batch.run("insert_pool_claims", kind=Fragment(kind), columns=columns)
