"""Runs of a file that the others contradict: each sweep of final losses over size and data is fitted, and odd runs are named."""

from collections.abc import Iterator
from math import expm1

import duckdb
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting import fit
from pipeline.fitting.effort import Effort
from pipeline.fitting.evidence.suspects import in_names, suspects
from pipeline.laws import laws
from pipeline.store.frames import read_frame
from pipeline.store.statements import sql

LEAST, MOST, MOST_SWEEPS = 12, 300, 5
"""Runs that a sweep must have to say that one of them is odd, runs above which a check would take long, and sweeps looked at."""
LAW, QUICK, DRAWS = "chinchilla", Effort(starts=16, minima=1, sweeps=8, spare=0, hopeless=False), 8


def odd_runs(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """A sentence for each run whose final loss a law of size and data cannot have given, if the runs beside it are right.

    Sweeps are the runs of one namespace, dataset, architecture, tokenizer, split and task. Few or repeated runs are not judged.
    """
    frame = read_frame(connection, sql("select_final_losses"))
    sweeps = [runs for _, runs in frame.group_by("sweep", maintain_order=True) if LEAST <= runs.height <= MOST]
    for runs in sweeps[:MOST_SWEEPS]:
        yield from _odd(runs)


def _odd(runs: pl.DataFrame) -> Iterator[str]:
    try:
        found = fit(laws[LAW], runs, draws=DRAWS, effort=QUICK)
    except FitError:  # what cannot be fitted contradicts nothing; a study says why
        return
    names = dict(runs.select("run_key", "run_id").iter_rows())
    for suspect in suspects(found, runs):
        name, cause = names[suspect.run_key], in_names(suspect.cause, names)
        if suspect.copy_of:
            yield f"run {name!r}: {cause}"
        elif suspect.impossible:
            far = f"{abs(100 * expm1(suspect.error)):.0f} % {'above' if suspect.error > 0 else 'below'}"
            doubt = f": perhaps {cause}" if cause else ""
            yield f"run {name!r} has a final loss {far} what the {runs.height - 1} runs beside it say{doubt}"
