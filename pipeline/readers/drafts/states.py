"""Whether a run of an unknown table is done: a column of words or of truths that says so, as an expression."""

from collections.abc import Mapping, Sequence

from pipeline.readers.drafts.drafted_counts import quoted
from pipeline.readers.names import STATES

NAMES = ("status", "state", "run_status", "run_state")
"""Columns of words. An `outcome`, or whether a thing was a `success`, may be what was measured."""
DONE = ("finished", "completed", "complete", "done")
BROKEN = ("failed", "crashed", "diverged", "oom")
WORDS = STATES | {
    **dict.fromkeys((*DONE, "success", "succeeded", "ok"), "finished"),
    **dict.fromkeys(
        (*BROKEN, "error", "errored", "fail", "nan", "timeout", "pruned", "aborted", "cancelled", "canceled", "stopped"), "failed"
    ),
    **dict.fromkeys(("in_progress", "in progress", "started", "active", "resumed"), "running"),
    **dict.fromkeys(("queued", "scheduled", "planned", "waiting"), "planned"),
}
"""Words for the state of a run in tables of people's own, with the state that each means."""
TRUTHS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def drafted_status(values: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """The column that says the state of each run, and the expression of it; None where no column's values are all such words."""
    for name, given in values.items():
        plain, said = name.strip().lower(), {value.lower() for value in given}
        if plain in NAMES and said and said <= {*WORDS}:
            return name, _cases(name, {word: WORDS[word] for word in sorted(said)})
        if plain in (*DONE, *BROKEN) and said and said <= {*TRUTHS}:
            good = plain in DONE
            return name, _cases(name, {word: "finished" if TRUTHS[word] is good else "failed" for word in sorted(said)})
    return None


def _cases(name: str, states: Mapping[str, str]) -> str:
    """A word that is not among the first rows stays as it is, for `check` to name."""
    text = f"lower(trim({quoted(name)}))"
    return f"CASE {' '.join(f'WHEN {text} = {word!r} THEN {state!r}' for word, state in states.items())} ELSE {text} END"
