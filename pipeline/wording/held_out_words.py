"""What the fits said of runs that they had not seen, in a sentence."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import UNITS, Row, cohort_words, outcome


def held_out(row: Row) -> str:
    """Of one cohort: how many held-out runs ended inside their interval, by how much they were missed, and the worst of them."""
    metric = row["metric"]
    where = f"{cohort_words(row['cohort'])}: " if row["cohort"] else ""
    runs = f"{row['runs']} run{'' if row['runs'] == 1 else 's'}"
    inside = f"{where}{row['inside']} of {runs} ended inside the 90 % interval"
    missed = f"the error is {row['mean_error']:.2g} {UNITS.get(metric, f'of {metric}')} on average"
    worst = f"{row['run']}, expected at {outcome(row, 'predicted', metric)}, ended at {row['observed']:.3g}"
    return f"{inside}; {missed}. {'It' if row['runs'] == 1 else 'Furthest off'}: {worst}."
