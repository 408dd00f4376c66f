"""What a reader of a log format is, and the frames that it yields."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class Tables:
    """What a log holds, in canonical columns: every frame has `run_id` (or `pool`); what is not understood is `quarantined`.

    runs: a row a run; columns of the schema, `metric:NAME` for final values, any other column is a tag.
    measurements: long (run_id, metric, value, and any of split, task, step, data_seen, flops, lr), or wide with `metric:NAME`.
    quarantined: row_number, reason, detail, raw.
    """

    runs: pl.DataFrame | None = None
    measurements: pl.DataFrame | None = None
    pools: pl.DataFrame | None = None
    pool_members: pl.DataFrame | None = None
    quarantined: pl.DataFrame | None = None

    def frames(self) -> dict[str, pl.DataFrame]:
        """The frames that hold rows, by kind; runs before measurements."""
        every = {"runs": self.runs, "measurements": self.measurements, "pools": self.pools, "pool_members": self.pool_members}
        return {kind: frame for kind, frame in every.items() if frame is not None and frame.height}


def _alone(_path: Path) -> Sequence[Path]:
    return ()


@dataclass(frozen=True)
class Reader:
    """A log format: recognised by content, read into canonical frames; `companions` are files beside it that it reads too."""

    name: str
    recognise: Callable[[Path, bytes], bool]
    read: Callable[[Path], Tables]
    companions: Callable[[Path], Sequence[Path]] = field(default=_alone)
    says: str = ""
