"""The pruned runs as runs on pools: quarters of the mixed pool by the scorer's loss, easiest first, and what each run kept."""

from __future__ import annotations

from .design import kept

QUARTERS = ("easiest quarter", "second quarter", "third quarter", "hardest quarter")


def pool_of(keep: str) -> str:
    """The pool of a pruned run: a quarter where it kept just that one, else a name of what it kept."""
    kind, share = kept(keep)
    if kind != "any" and share == 1 / len(QUARTERS):
        return QUARTERS[0] if kind == "easy" else QUARTERS[-1]
    return keep


def parts(keep: str, total: float) -> dict[str, float]:
    """Unique tokens of each quarter among those that a run kept."""
    kind, share = kept(keep)
    quarter, count = total / len(QUARTERS), round(share * len(QUARTERS))
    if kind == "any":
        return dict.fromkeys(QUARTERS, share * quarter)
    return dict.fromkeys(QUARTERS[:count] if kind == "easy" else QUARTERS[-count:], quarter)


def bin_tables(keeps: list[str], dataset: str, total: float) -> tuple[list[dict], list[dict]]:
    """The pools that the pruned runs used and, for what is more than one quarter, its members with their shares."""
    quarter = total / len(QUARTERS)
    rows = [{"pool": name, "dataset": dataset, "data_unique": quarter, "quality_rank": k} for k, name in enumerate(QUARTERS, 1)]
    members = []
    for keep in sorted(keep for keep in set(keeps) if pool_of(keep) not in QUARTERS):
        held = parts(keep, total)
        amount = sum(held.values())
        rows.append({"pool": keep, "dataset": dataset, "data_unique": amount, "quality_rank": None})
        members += [{"pool": keep, "member": name, "share": n / amount, "data_unique": n} for name, n in held.items()]
    return rows, members
