"""The design of the wind tunnel, read without torch."""

from collections import Counter

import pytest

from data.wind_tunnel.corpus import WINDOW
from data.wind_tunnel.design import expand, load, parameters, pool_unique
from data.wind_tunnel.export import pool_tables
from data.wind_tunnel.streams import parts, stream_tables, unique_tokens

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


def test_streams_of_one_target_and_its_matched_proxies_repeat_the_scarce_text_equally_often():
    scarce = [run for run in RUNS if run.group == "scarce"]
    epochs = {(run.tokens, run.unique, run.share): run.share * run.tokens / run.unique for run in scarce}
    for (tokens, unique, share), value in epochs.items():
        target = epochs.get((8 * tokens, 8 * unique, share))
        assert target is None or target == value
    unmatched = [run for run in scarce if (run.tokens, run.unique) == (262144, 65536)]
    assert all(run.share * run.tokens / run.unique <= 4 for run in unmatched)


def test_a_stream_has_no_more_clean_text_than_is_unique_and_no_repeated_generic_text():
    for run in (run for run in RUNS if run.generic):
        clean, generic = parts(run)
        assert WINDOW * (clean + generic) == run.tokens
        assert WINDOW * generic <= DESIGN["streams"]["generic_tokens"]
        assert unique_tokens(run) == min(run.unique, WINDOW * clean) + WINDOW * generic


def test_shares_of_a_stream_as_a_pool_sum_to_one():
    for group in ("scarce", "flip"):
        _, members = stream_tables([run for run in RUNS if run.group == group], DESIGN)
        total: Counter = Counter()
        for member in members:
            total[member["pool"]] += member["share"]
        assert set(total.values()) == {1.0}


def test_a_pool_has_one_dataset_and_one_size_in_every_table_that_names_it():
    """Pools are known by their names alone: one of two groups with different amounts would be another pool's fault."""
    known: dict[str, dict] = {}
    for group in dict.fromkeys(run.group for run in RUNS if run.pool or run.keep or run.generic):
        rows, _ = pool_tables([run for run in RUNS if run.group == group], DESIGN)
        for row in rows:
            assert known.setdefault(row["pool"], row) == row


def test_runs_of_the_last_waves_have_datasets_that_no_earlier_run_has():
    """So that the studies of the runs before them, sealed or not, read what they always read."""
    later = {run.dataset for run in RUNS if run.wave >= 11}
    assert not later & {run.dataset for run in RUNS if run.wave < 11}


def test_every_run_fits_into_the_corpus_in_one_epoch_unless_its_unique_tokens_say_so():
    assert max(run.unique for run in RUNS if not run.pool and not run.keep) < 23e6


def test_the_registered_runs_are_as_far_beyond_the_open_ones_as_the_page_says():
    """Ten and fifty times the compute of the grid, four times the tokens of the pools."""

    def most(group: str, of: str) -> float:
        return max(
            run.tokens * (6 * parameters(run.width, run.layers, 64, 64)[0] if of == "flops" else 1)
            for run in RUNS
            if run.group == group
        )

    assert most("sealed-ten", "flops") / most("grid", "flops") == pytest.approx(10, rel=0.01)
    assert most("sealed-fifty", "flops") / most("grid", "flops") == pytest.approx(50, rel=0.01)
    assert most("sealed-pools", "tokens") / most("pools", "tokens") == 4
