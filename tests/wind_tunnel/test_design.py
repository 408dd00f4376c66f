"""The design of the wind tunnel, read without torch."""

from collections import Counter

import pytest

from data.wind_tunnel.design import expand, load, parameters, pool_unique

DESIGN = load()
RUNS = [run for run in expand(DESIGN) if run.wave > 0]


def test_every_run_id_is_unique_and_says_group_size_tokens_and_seed():
    assert max(Counter(run.run_id for run in RUNS).values()) == 1
    for run in RUNS:
        assert run.run_id.startswith(f"{run.group}-{run.size}-t{run.tokens // 1024}k")
        assert run.run_id.endswith(f"-s{run.seed}")


def test_runs_of_one_isoflop_budget_cost_the_same_within_half_a_percent():
    for run in RUNS:
        if "flops" in run.axes and not run.sealed:
            total, _ = parameters(run.width, run.layers, 64, 64)
            assert 6 * total * run.tokens == pytest.approx(run.axes["flops"], rel=5e-3)


def test_the_grid_spans_more_than_a_decade_and_a_half_of_tokens_and_a_decade_of_sizes():
    grid = [run for run in RUNS if run.group == "grid"]
    sizes = [parameters(run.width, run.layers, 64, 64)[0] for run in grid]
    tokens = [run.tokens for run in grid]
    assert max(tokens) / min(tokens) > 10**1.5
    assert max(sizes) / min(sizes) > 20


def test_atomic_pools_are_equal_and_unions_have_their_members_tokens():
    size = DESIGN["pools"]["tokens"]
    assert pool_unique(DESIGN, "clean") == size
    assert pool_unique(DESIGN, "best3") == 3 * size
    assert pool_unique(DESIGN, "all-fifth") == pytest.approx(size, rel=0.01)


def test_a_union_names_only_atomic_pools():
    atoms = {level["pool"] for level in DESIGN["pools"]["levels"]}
    for members in DESIGN["pools"]["unions"].values():
        assert set(members) <= atoms


def test_sealed_runs_are_no_runs_of_another_group():
    sealed = {run.group for run in RUNS if run.sealed}
    assert not sealed & {run.group for run in RUNS if not run.sealed}
