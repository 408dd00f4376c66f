"""What the runs on scarce, mixed and repeated data show is what the field found, or the page says that it is not."""

import numpy as np
import pytest

from tests.wind_tunnel.measured import PROXY, WITHIN, best_share, decays, proxies, signs
from tests.wind_tunnel.shares_by_law import resampled


def test_the_best_share_is_the_lowest_point_of_a_parabola_in_its_logarithm():
    losses = {share: 2 + 0.1 * np.log(share / 0.3) ** 2 for share in (0.1, 0.2, 0.4, 0.8)}
    assert best_share(losses) == pytest.approx(0.3)


def test_a_best_share_at_the_edge_stays_there():
    assert best_share({0.25: 2.1, 0.5: 2.0, 1.0: 1.9}) == 1.0


def test_the_worst_proxy_with_the_targets_epochs_is_nearer_to_its_best_share_than_the_best_without():
    """Whatever seeds are chosen. How often one comes within a tenth of it stands on the page: seldom enough to be said."""
    found = proxies()
    miss = {name: np.abs(np.array(found[name]) - found["target"][0]) for name in ("matched", "unmatched")}
    assert miss["matched"].max() < miss["unmatched"].min() / 2


def test_noise_helps_the_shortest_run_of_each_size_and_harms_the_longest():
    for _, one in signs().group_by("size"):
        gains = one.sort("clean_unique")["gain"].to_list()
        assert gains[0] > 0 > gains[-1]


def test_strong_decay_keeps_thirty_two_epochs_of_a_small_text_from_overfitting():
    [row] = decays().filter(size="d32", data_unique=32768.0, epochs=32.0).rows(named=True)
    assert row["strong"] < row["weak"] - 0.1


@pytest.mark.slow
def test_a_law_reads_the_best_share_within_a_tenth_off_matched_proxies_and_off_no_unmatched_ones():
    """The target's own best share is that of the parabola: its runs are one seed each, too few for the law."""
    [target] = proxies()["target"]
    near = {unique: np.mean(np.abs(resampled(PROXY, unique, 10) - target) <= WITHIN) for unique in (8192, 65536)}
    assert near[8192] >= 0.8
    assert near[65536] == 0
