"""The book is broad, every entry says where it must not be used, and laws over members get their constants back too."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.study.derived.members import shares as members_of
from pipeline.study.derived.schedules import constant, cosine, drop_members, two_stage
from tests.papers import papers

DOMAINS = ["web", "code", "books"]


def test_the_book_has_at_least_45_distinct_laws() -> None:
    assert len(laws) >= 45
    assert len({(str(law.formula), law.response, law.columns, law.source) for law in laws.values()}) == len(laws)


@pytest.mark.parametrize("name", sorted(laws))
def test_every_law_says_what_it_answers_where_it_is_from_and_where_not_to_use_it(name: str) -> None:
    law = laws[name]
    assert law.question.endswith(("?", "."))
    assert len(law.avoid) > 20
    assert any(mark in law.source for mark in ("arXiv", "own", "memory", "20"))


def test_every_law_that_the_page_of_papers_names_is_in_the_book() -> None:
    named = {name for row in papers() for name in row.get("laws", [])}
    assert len(named) > 40
    assert sorted(named - set(laws)) == []


def mixtures(rows: int = 60) -> pl.DataFrame:
    shares = np.random.default_rng(5).dirichlet(np.ones(len(DOMAINS)), rows)
    frame = pl.DataFrame(shares, schema=DOMAINS, orient="row")
    return frame.with_columns(members_of(frame, DOMAINS, "mixture"))


@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("exponential_mixing", {"E": 2.0, "pull": [0.1, -0.5, 0.6]}),
        ("effective_mixing", {"E": 2.0, "beta": 0.3, "weight": [1.0, 0.2, 0.05]}),
        ("linear_mixing", {"alone": [3.0, 4.0, 3.5]}),
    ],
)
def test_mixture_laws_get_their_constants_back(name: str, constants: dict[str, float | list[float]]) -> None:
    law, frame = laws[name], mixtures()
    rows = rows_from_frame(law, frame, DOMAINS)
    index = compiled(law).index(DOMAINS)
    theta = np.array([[constants[p] if pool is None else constants[p][DOMAINS.index(pool)] for p, pool in index]])  # type: ignore[index]
    frame = frame.with_columns(value=compiled(law).value(theta, rows)[0])
    found = fit(law, frame, draws=4, pools=DOMAINS)
    np.testing.assert_allclose(found.estimate, theta[0], rtol=1e-6)


def test_families_get_their_levels_and_shared_slopes_back_from_two_models_of_each() -> None:
    """For "family_skill": the family is the one pool of its models, with share 1."""
    law, rng = laws["family_skill"], np.random.default_rng(7)
    families = tuple(f"family {i}" for i in range(6))
    alone = [[{"pool": name, "share": 1.0, "unique": None}] for name in families for _ in range(2)]
    sizes = {"params": rng.uniform(1e8, 7e10, 12), "data_seen": rng.uniform(1e11, 1e13, 12), "chance": [0.25] * 12}
    kind = pl.List(pl.Struct({"pool": pl.String, "share": pl.Float64, "unique": pl.Float64}))
    frame = pl.DataFrame({**sizes, "members": pl.Series(alone, dtype=kind)})
    theta = np.array([[0.4, 0.3, 0.02, *rng.normal(-1.0, 0.5, 6)]])
    made = frame.with_columns(value=compiled(law).value(theta, rows_from_frame(law, frame, families))[0])
    np.testing.assert_allclose(fit(law, made, draws=4, pools=families).estimate, theta[0], rtol=1e-6)


def test_multi_power_law_gets_its_constants_back_from_three_schedules() -> None:
    law = laws["multi_power_law"]
    curves = [constant(3e-4, 50, 1500), cosine(3e-4, 3e-5, 50, 1500), two_stage(3e-4, 6e-5, 50, 700, 1500)]
    frame = pl.concat(
        [drop_members(lr, np.arange(60, 1500, 60)).with_columns(run_key=pl.lit(str(k))) for k, lr in enumerate(curves)]
    )
    groups = tuple(sorted({m["pool"] for row in frame["members"] for m in row}))
    theta = np.array([[law.published[0].values[p.name] for p in law.parameters]], dtype=float)
    frame = frame.with_columns(value=compiled(law).value(theta, rows_from_frame(law, frame, groups))[0])
    found = fit(law, frame, draws=4, pools=groups)
    np.testing.assert_allclose(found.value(frame), frame["value"].to_numpy(), rtol=1e-6)
