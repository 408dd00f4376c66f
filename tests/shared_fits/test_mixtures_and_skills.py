"""What the mixing law does on public runs; figures are in docs/lawbook_results.md."""

from pathlib import Path

import mixing_frames
import mixing_law_fits
import mixing_nested_fits
import numpy as np
import pytest
import source_maps

LINES = ("exponential_mixing", "linear_mixing", "mean")


@pytest.mark.parametrize("group", [*mixing_frames.GROUPS, "full"])
def test_second_column_of_the_authors_file_is_the_observed_loss_and_its_weights_sum_to_one(group: str, shared_data: Path) -> None:
    """The first is their prediction: read as data it would be off by a tenth of a nat at 1B."""
    rows = mixing_frames.overall if group == "full" else mixing_frames.by_group
    seen = rows(shared_data, "RedPajama").filter(domain=group, size="1B", step=100_000)
    joined = mixing_frames.authors(shared_data, group, mixing_frames.TARGET).join(seen, on="mixture")
    assert joined.height == 2
    np.testing.assert_allclose(joined["observed"], joined["loss"], atol=1e-6)
    assert sum(mixing_frames.weights(shared_data, group).values()) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("size", ["70M", "160M"])
def test_exponential_forecasts_two_domains_better_than_a_line_and_within_a_hundredth_of_a_nat(
    size: str, shared_data: Path
) -> None:
    rows, domains = mixing_law_fits.cases(shared_data)[f"2Mix {size}"]
    for domain in domains:
        missed = {law: mixing_law_fits.left_out(rows.filter(domain=domain), law).miss for law in LINES}
        assert missed["exponential_mixing"] < min(missed["linear_mixing"], missed["mean"], 0.01)


@pytest.mark.parametrize("case", ["3Mix 410M", "3Mix 410M, some Github in each"])
def test_exponential_follows_github_only_where_each_mixture_has_some(case: str, shared_data: Path) -> None:
    rows, _ = mixing_law_fits.cases(shared_data)[case]
    missed = mixing_law_fits.left_out(rows.filter(domain="Github"), "exponential_mixing").miss
    assert (missed < 0.01) == (case != "3Mix 410M")


@pytest.mark.slow
def test_seven_domains_are_too_many_for_the_exponential_on_sixteen_mixtures(shared_data: Path) -> None:
    rows, _ = mixing_law_fits.cases(shared_data)["RedPajama 410M"]
    academic = rows.filter(domain="academic")
    missed = {law: mixing_law_fits.left_out(academic, law).miss for law in LINES}
    assert missed["exponential_mixing"] > missed["mean"]


@pytest.mark.slow
def test_nested_laws_forecast_both_runs_of_1b_nearer_than_the_authors_and_hold_them(shared_data: Path) -> None:
    stated = mixing_frames.authors(shared_data, "full", mixing_frames.TARGET)
    authors = {row["mixture"]: row["stated"] - row["observed"] for row in stated.iter_rows(named=True)}
    for mixture, made in mixing_nested_fits.nested(shared_data, "full").items():
        assert made.inside
        assert abs(made.miss) < abs(authors[mixture])


@pytest.mark.parametrize(
    ("source", "maps"),
    [
        ("mixing_laws", ["mixing_laws.toml"]),
        ("sloth", ["sloth_data_v2.toml", "sloth_v1.toml", "sloth_v2.toml"]),
        ("multi_power_law", ["multi_power_law.toml"]),
    ],
)
def test_sources_of_the_fits_are_ingested_by_committed_maps(source: str, maps: list[str], shared_data: Path) -> None:
    assert list(source_maps.maps_of(shared_data / source)) == maps
