"""One way to evaluate any law at scalar columns and lists of members, as the tests write their arguments."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law


def value_at(law: Law, arguments: Mapping[str, Any]) -> float:
    """The law's value: columns and shared parameters are numbers, member columns and per-pool parameters lists."""
    size = max([len(v) for v in arguments.values() if isinstance(v, list)] + [1])
    pools = tuple(f"pool {k}" for k in range(size)) if law.pooled else ()
    code = compiled(law)
    theta = [arguments[name] if pool is None else arguments[name][pools.index(pool)] for name, pool in code.index(pools)]
    members = None
    if law.pooled:
        members = {name: np.array([arguments[name]], dtype=float) for name in law.member_columns}
        members.setdefault("share", np.ones((1, size)))
    columns = {name: np.array([float(arguments[name])]) for name in law.columns}
    return float(code.value(np.array([theta], dtype=float), Rows(columns, members, pools, 1))[0, 0])


@pytest.fixture(scope="session")
def value() -> Callable[..., float]:
    """value("chinchilla", setting="...", params=1e9, ...): constants of a published setting, overridden by the arguments."""

    def evaluate(name: str, setting: str | None = None, **arguments: Any) -> float:
        law = laws[name]
        chosen = [p.values for p in law.published if setting is not None and p.setting == setting]
        assert setting is None or chosen, f"{name} has no setting {setting!r}"
        return value_at(law, {**(chosen[0] if chosen else {}), **arguments})

    return evaluate
