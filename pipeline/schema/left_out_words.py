"""Which runs are left out, and why, in words: "1 of 12 runs left out: no data_seen (run3-40)"."""

from collections.abc import Sequence

from pipeline.terminal import counted

Reasons = Sequence[tuple[str, str | None]]
"""Each run's name, and why a fit does not use it, or None."""
NAMED = 3
LACKING = ("no ", "diverged")
"""How a reason begins that nobody asked for: something was not logged, or the run was lost."""


def unused_words(reasons: Reasons, *, lacking_only: bool = False) -> str:
    """How many runs of how many are left out, by reason, with the first names; empty where none is.

    `lacking_only` is silent about what the study or a run's status asks for.
    """
    left: dict[str, list[str]] = {}
    for run, reason in sorted(reasons, key=lambda item: item[0]):
        if reason and (reason.startswith(LACKING) or not lacking_only):
            left.setdefault(reason, []).append(run)
    if not left:
        return ""
    most_first = sorted(left.items(), key=lambda item: -len(item[1]))
    parts = [f"{f'{len(runs)} ' if len(left) > 1 else ''}{reason} ({_names(runs)})" for reason, runs in most_first]
    return f"{sum(map(len, left.values()))} of {counted(len(reasons), 'run')} left out: {', '.join(parts)}"


def _names(runs: Sequence[str]) -> str:
    return ", ".join([*runs[:NAMED], *(["..."] if len(runs) > NAMED else [])])


def nothing_left(law: str, reasons: Reasons) -> tuple[str, str]:
    """Why no observation is left to fit a law on, and the fix."""
    words = unused_words(reasons) or f"no observation is left to fit {law} on"
    lacking = any(reason and reason.startswith(LACKING) for _, reason in reasons)
    fix = f"log it, or leave {law} out of the study" if lacking else "widen the study's `runs` or its `exclude`"
    return words, fix
