"""Mixture laws with size and data, and pools whose repeats cost: recovery, what each can say and cannot, and where they break."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.laws.catalogue.mixtures.harmful_pool import C4
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame

Levels = dict[str, float | list[float]]
ALIKE = {"E": 1.2, "alpha": 0.35, "beta": 0.3, "C": [3.0, 1.0, 2.0], "g": [0.4, 0.6, 0.5]}
POOLED = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37, "q": [1.0, 0.5]}
CASES: dict[str, Levels] = {
    "pooled_logarithmic_loss": POOLED | {"R": [12.0, 5.0]},
    "pooled_priced_loss": POOLED | {"P": 0.0033},
    "share_power": POOLED | {"p": 0.5, "q": [1.0, 0.3, 0.1]},
    "scarce_target": {"E": 2.0, "A": 0.4, "B": 2000.0, "alpha": 0.35, "beta": 0.37, "delta": 0.1, "R": 15.0}
    | {"q": [1.0, 0.15], "g": [0.0, -0.2]},
    "additive_mixture": ALIKE | {"A": 0.4, "B": 0.5},
    "joint_mixture": ALIKE | {"A": [0.4, 0.6, 0.3], "B": [0.5, 0.3, 0.7], "size_bend": 1.0, "data_bend": 0.6},
}


def theta(name: str, constants: Levels) -> np.ndarray:
    """Shared parameters first, then the levels of each parameter of a pool."""
    shared = [constants[p.name] for p in laws[name].parameters if p.per is None]
    return np.array([[*shared, *(x for p in laws[name].parameters if p.per for x in constants[p.name])]], dtype=float)  # type: ignore[union-attr]


def pools_of(constants: Levels) -> tuple[str, ...]:
    return tuple("abc"[: max(len(x) for x in constants.values() if isinstance(x, list))])


def runs(pools: tuple[str, ...], rows: int = 100) -> pl.DataFrame:
    """Runs of all sizes on single pools and on mixtures of all."""
    rng, alone, found = np.random.default_rng(3), np.eye(len(pools)), []
    for i in range(rows):
        share = alone[i % len(pools)] if i % 2 else rng.dirichlet(np.ones(len(pools)))
        members = [
            {"pool": p, "share": s, "unique": 10 ** rng.uniform(8.5, 10.5), "size": 1e11}
            for p, s in zip(pools, share, strict=True)
            if s
        ]
        size, seen = 10 ** rng.uniform(7.5, 10), 10 ** rng.uniform(9, 11.5)
        found.append({"run_key": str(i), "params": size, "data_seen": seen, "members": members})
    return pl.DataFrame(found)


def valued(name: str, constants: Levels, frame: pl.DataFrame, pools: tuple[str, ...]) -> pl.DataFrame:
    rows = rows_from_frame(laws[name], frame, pools)
    return frame.with_columns(value=pl.Series(compiled(laws[name]).value(theta(name, constants), rows)[0]))


@pytest.mark.parametrize("name", sorted(CASES))
def test_constants_come_back_from_noise_free_mixtures(name: str) -> None:
    pools = pools_of(CASES[name])
    frame = valued(name, CASES[name], runs(pools), pools)
    found = fit(laws[name], frame, draws=0, pools=pools)
    np.testing.assert_allclose(found.estimate, theta(name, CASES[name])[0], rtol=1e-5, atol=1e-8)


def one(share: list[float], unique: list[float], params: float, seen: float) -> pl.DataFrame:
    members = [{"pool": p, "share": s, "unique": u, "size": u} for p, s, u in zip("abc", share, unique, strict=False) if s]
    return pl.DataFrame([{"params": params, "data_seen": seen, "members": members}])


def at(name: str, constants: Levels, frame: pl.DataFrame) -> float:
    return float(valued(name, constants, frame, pools_of(constants))["value"][0])


@pytest.mark.parametrize("name", ["pooled_priced_loss", "pooled_priced_data"])
def test_the_price_of_repeats_does_not_depend_on_how_a_pool_is_cut(name: str) -> None:
    constants = {**POOLED, "P": 0.0033, "D1": 1e9, "b": 0.5, "d": 0.1, "q": [1.0, 1.0]}
    whole = at(name, constants, one([1.0, 0.0], [4e9, 1.0], 3e9, 5e10))
    for part in (0.5, 0.2):
        cut = at(name, constants, one([part, 1 - part], [part * 4e9, (1 - part) * 4e9], 3e9, 5e10))
        assert cut == pytest.approx(whole, rel=1e-12)


def test_one_pool_alone_is_the_law_of_one_data_set() -> None:
    """Priced, logarithmic and exponential repeats alike."""
    frame = one([1.0, 0.0], [4e9, 1.0], 3e9, 5e10)
    plain = pl.DataFrame({"params": [3e9], "data_seen": [5e10], "data_unique": [4e9]})
    for pooled, alone in (
        ("pooled_priced_loss", "overfitting_penalty"),
        ("pooled_logarithmic_loss", "logarithmic_data"),
        ("pooled_effective_loss", "decayed_data"),
    ):
        constants = POOLED | {"P": 0.0033, "R": [12.0, 5.0], "Rd": 12.0}
        rows = rows_from_frame(laws[alone], plain)
        expected = compiled(laws[alone]).value(theta(alone, constants), rows)[0, 0]
        assert at(pooled, constants, frame) == pytest.approx(expected, rel=1e-13)


def test_the_joint_mixture_with_equal_domains_is_the_additive_one() -> None:
    frame = one([0.3, 0.7], [1e9, 1e9], 3e9, 5e10)
    alike = {**ALIKE, "C": [3.0, 1.0], "g": [0.4, 0.6]}
    additive = at("additive_mixture", alike | {"A": 0.4, "B": 0.5}, frame)
    joint = at("joint_mixture", alike | {"A": [0.4, 0.4], "B": [0.5, 0.5], "size_bend": 1.7, "data_bend": 0.6}, frame)
    assert joint == pytest.approx(additive, rel=1e-13)


def best_share(name: str, constants: Levels, params: float, seen: float) -> float:
    shares = np.linspace(0.01, 0.99, 99)
    values = [at(name, constants, one([s, 1 - s], [1e15, 1e15], params, seen)) for s in shares]
    return float(shares[int(np.argmin(values))])


def test_the_best_mixture_moves_with_scale_in_the_joint_law_alone() -> None:
    two = {**ALIKE, "C": [3.0, 1.0], "g": [0.4, 0.6]}
    small, large = (1e8, 2e9), (1e11, 2e12)
    additive, joint = two | {"A": 0.4, "B": 0.5}, two | {"A": [0.9, 0.3], "B": [0.9, 0.3], "size_bend": 1.0, "data_bend": 1.0}
    assert best_share("additive_mixture", additive, *small) == best_share("additive_mixture", additive, *large)
    assert best_share("joint_mixture", joint, *large) - best_share("joint_mixture", joint, *small) > 0.1


def test_a_domain_without_a_share_leaves_the_law_finite() -> None:
    for name, constants in CASES.items():
        for share in ([1.0, 0.0], [0.0, 1.0]):
            assert np.isfinite(at(name, constants, one(share, [4e9, 4e9], 3e9, 5e10)))


ROLES: Levels = {**C4, "is_first": [1.0, 0.0]}


def effect(tokens_per_param: float, ratio: float, params: float = 1e8) -> float:
    """What `ratio` as much of the second pool does beside so many tokens a parameter of the first."""
    first = tokens_per_param * params
    alone = at("harmful_pool", ROLES, one([1.0, 0.0], [1e15, 1e15], params, first))
    mixed = one([1 / (1 + ratio), ratio / (1 + ratio)], [1e15, 1e15], params, first * (1 + ratio))
    return at("harmful_pool", ROLES, mixed) - alone


@pytest.mark.parametrize("ratio", [0.25, 0.5, 1.0, 2.0])
def test_the_second_pool_helps_below_ten_tokens_a_parameter_and_harms_from_twenty_on(ratio: float) -> None:
    """The statement of the paper, from its printed constants: up to half as much at ten itself, none of it from twenty on."""
    assert effect(5, ratio) < 0
    assert effect(20, ratio) > 0
    assert effect(40, ratio) > effect(20, ratio)


def test_a_run_without_the_first_pool_has_no_value_under_the_law_of_a_harmful_pool() -> None:
    assert not np.isfinite(at("harmful_pool", ROLES, one([0.0, 1.0], [1e15, 1e15], 1e8, 1e9)))


def test_the_constants_of_the_harmful_pool_come_back_and_the_roles_are_not_fitted() -> None:
    rng, found = np.random.default_rng(1), []
    for i in range(120):
        params, per, ratio = 10 ** rng.uniform(7, 8.5), 10 ** rng.uniform(0.3, 1.8), [0, 0.1, 0.25, 0.5, 1, 2, 4][i % 7]
        share = [1 / (1 + ratio), ratio / (1 + ratio)]
        found.append(one(share, [1e15, 1e15], params, params * per * (1 + ratio)).with_columns(run_key=pl.lit(str(i))))
    frame = valued("harmful_pool", ROLES, pl.concat(found), ("a", "b"))
    result = fit(laws["harmful_pool"], frame, draws=0, pools=("a", "b"))
    np.testing.assert_allclose(result.estimate, theta("harmful_pool", ROLES)[0], rtol=1e-5)
    assert result.parameters["is_first[a]"] == 1.0
    assert result.certificate.at_bound == []
