"""Learning curves on a common axis."""

import numpy as np
import pytest

from discovery.benchmark.statistics import SHARES, at_shares, mean_interval


def test_update_i_of_n_stands_at_its_share():
    curves = np.arange(50.0)[None]
    np.testing.assert_allclose(at_shares(curves)[:, 0], np.arange(50.0))
    np.testing.assert_allclose(at_shares(np.arange(100.0)[None])[:, 0], np.arange(1, 100, 2))


@pytest.mark.parametrize("updates", [1, 7, 50, 333])
def test_a_line_stays_a_line_whatever_the_number_of_updates(updates):
    share = (1 + np.arange(updates)) / updates
    found = at_shares(np.stack([2 * share - 1, -share]))
    after_first = share[0] <= SHARES
    np.testing.assert_allclose(found[after_first, 0], 2 * SHARES[after_first] - 1, atol=1e-12)
    np.testing.assert_allclose(found[~after_first, 1], -share[0])
    assert found.shape == (50, 2)


def test_a_run_is_missing_from_where_it_diverged():
    curves = np.arange(50.0)[None].copy()
    curves[0, 20:] = np.nan
    assert np.flatnonzero(np.isnan(at_shares(curves)[:, 0])).tolist() == list(range(20, 50))


def test_the_mean_curve_and_its_band():
    rng = np.random.default_rng(0)
    curves = rng.normal(size=(100, 3)) + np.array([0, 5, 9])
    mean, low, high = mean_interval(curves, rng=rng, repetitions=4000)
    np.testing.assert_allclose(mean, curves.mean(axis=0))
    np.testing.assert_allclose(high - low, 2 * 1.96 * curves.std(axis=0) / 10, rtol=0.08)
