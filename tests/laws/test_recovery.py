"""Noise-free data made from published constants give them back, through the fit that everybody uses."""

import numpy as np
import polars as pl
import pytest
from pool_cases import SIZE

from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.laws.catalogue.pools.repeated_utility import HALF_LIVES, POOLS, UTILITIES
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.laws.law import Law


def with_values(law: Law, frame: pl.DataFrame, theta: list[float], pools: tuple[str, ...]) -> pl.DataFrame:
    """The frame with the law's own predictions as observations."""
    value = compiled(law).value(np.array([theta]), rows_from_frame(law, frame, pools))[0]
    return frame.with_columns(value=pl.Series(value))


def mixture(key: str, parts: dict[str, float], unique: float, samples: list[float]) -> list[dict[str, object]]:
    members = [{"pool": pool, "share": share, "unique": unique, "size": SIZE} for pool, share in parts.items()]
    return [{"run_key": key, "data_seen": n, "data_planned": 10 * SIZE, "members": members} for n in samples]


def pools_and_unions(pools: tuple[str, ...]) -> pl.DataFrame:
    """A curve of each pool, of their union and of a random subsample of it."""
    epochs = [k * SIZE for k in (0.5, 1, 2, 4, 6, 8, 10)]
    rows = [row for pool in pools for row in mixture(pool, {pool: 1.0}, SIZE, epochs)]
    equal = {pool: 1 / len(pools) for pool in pools}
    rows += mixture("union", equal, SIZE, [len(pools) * n for n in epochs])
    return pl.DataFrame(rows + mixture("subsample", equal, SIZE / len(pools), epochs))


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("name", ["repeated_utility", "repeated_utility_released"])
def test_each_published_utility_and_half_life_from_five_points(name: str, pool: str) -> None:
    """Epochs 2, 4, 6, 8, 10 of one pool with a and d known, as in the published fit; no grid."""
    frame = pl.DataFrame(mixture(pool, {pool: 1.0}, SIZE, [k * SIZE for k in (2, 4, 6, 8, 10)]))
    law = laws[name]
    frame = with_values(law, frame, [0.025, 0.1, UTILITIES[pool], HALF_LIVES[pool]], (pool,))
    found = fit(law, frame, draws=0, fix={"a": 0.025, "d": 0.1}).parameters
    assert found[f"b[{pool}]"] == pytest.approx(UTILITIES[pool], rel=1e-6)
    assert found[f"tau[{pool}]"] == pytest.approx(HALF_LIVES[pool], rel=1e-6)


@pytest.mark.parametrize("name", ["repeated_utility", "repeated_utility_released", "effective_data"])
def test_shared_and_pool_constants_together_from_pools_and_their_mixtures(name: str) -> None:
    law, pools = laws[name], POOLS[:3]
    theta = [0.025, 0.1, *(UTILITIES[p] for p in pools), *(HALF_LIVES[p] for p in pools)]
    frame = with_values(law, pools_and_unions(pools), theta, pools)
    np.testing.assert_allclose(fit(law, frame, draws=0, pools=pools).estimate, theta, rtol=1e-5)


def test_annealed_effective_data_from_pools_and_their_mixtures() -> None:
    law, pools = laws["annealed_effective_data"], POOLS[:3]
    theta = [2e8, 1.04, -0.34, 4.9, 0.37, 1.0, 0.8, 0.3]
    frame = with_values(law, pools_and_unions(pools), theta, pools)
    np.testing.assert_allclose(fit(law, frame, draws=0, pools=pools).estimate, theta, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("pooled_effective_data", [0.3, 8e7, 0.8, 1.0, 0.8, 0.3, 4.9, 4.0, 2.0]),
        ("pooled_logarithmic_data", [0.3, 8e7, 0.8, 1.0, 0.8, 0.3, 4.9, 4.0, 2.0]),
        ("pooled_priced_data", [0.3, 8e7, 0.8, 1e-4, 1.0, 0.8, 0.3]),
    ],
)
def test_pooled_effective_data_and_its_rivals_predict_what_they_were_made_from(name: str, constants: list[float]) -> None:
    """Their constants trade off where no curve nears the floor, so predictions are held, not constants."""
    law, pools = laws[name], POOLS[:3]
    frame = with_values(law, pools_and_unions(pools), constants, pools)
    found = fit(law, frame, draws=0, pools=pools)
    np.testing.assert_allclose(found.value(frame), frame["value"], rtol=1e-6)


@pytest.mark.parametrize("name", ["pooled_effective_loss", "pooled_effective_loss_by_size"])
def test_pooled_effective_loss_with_quality_of_every_size_or_by_size(name: str) -> None:
    law, pools = laws[name], POOLS[:2]
    rng = np.random.default_rng(0)
    rows = []
    for i in range(90):
        shares = [(1.0, 0.0), (0.0, 1.0), (0.5, 0.5), (0.2, 0.8)][i % 4]
        members = [
            {"pool": p, "share": s, "unique": 10 ** rng.uniform(9, 10.5), "size": 1e11}
            for p, s in zip(pools, shares, strict=True)
            if s
        ]
        rows.append(
            {"run_key": str(i), "params": 10 ** rng.uniform(7.5, 10), "data_seen": 10 ** rng.uniform(9, 11.5), "members": members}
        )
    theta = [1.8, 480.0, 2100.0, 0.35, 0.37, 1.0, 0.5, 12.0, 5.0, 0.0, 0.12, 0.05, 0.1]
    theta = theta if law.name.endswith("_by_size") else theta[:9]
    frame = with_values(law, pl.DataFrame(rows), theta, pools)
    np.testing.assert_allclose(fit(law, frame, draws=0, pools=pools).estimate, theta, rtol=1e-5, atol=1e-8)
