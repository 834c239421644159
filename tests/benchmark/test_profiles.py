"""Performance profiles against counting."""

import numpy as np
import pytest

from discovery.benchmark.statistics import performance_profile, thresholds


def test_a_profile_is_the_fraction_of_runs_above():
    scores = np.array([[0.0, 1.0], [0.5, 1.0]])
    band = performance_profile(scores, np.array([-1.0, 0.0, 0.5, 0.9, 1.0]), rng=np.random.default_rng(0))
    assert band.value.tolist() == [1.0, 0.75, 0.5, 0.5, 0.0]
    assert (band.low <= band.value).all()
    assert (band.value <= band.high).all()


def test_a_band_has_the_width_of_the_binomial_distribution():
    rng = np.random.default_rng(0)
    scores = rng.uniform(size=400)
    band = performance_profile(scores, np.array([0.5]), rng=rng, repetitions=4000)
    width = 2 * 1.96 * np.sqrt(band.value * (1 - band.value) / 400)
    assert band.high - band.low == pytest.approx(width, rel=0.08)


def test_a_profile_falls_and_its_area_is_the_mean():
    """The integral of P(score > tau) over tau >= 0 is the mean of scores that are not negative."""
    rng = np.random.default_rng(0)
    scores = rng.exponential(size=(20, 3))
    tau = np.linspace(0, scores.max(), 20_001)
    band = performance_profile(scores, tau, rng=rng, repetitions=2)
    assert (np.diff(band.value) <= 0).all()
    assert np.trapezoid(band.value, tau) == pytest.approx(scores.mean(), rel=1e-3)


def test_thresholds_hold_the_references_and_leave_out_far_outliers():
    tau = thresholds([np.linspace(0.2, 1.4, 500), np.array([-1e6])])
    assert (tau[0], len(tau)) == (0.0, 101)
    assert 1.3 < tau[-1] <= 1.4
    assert thresholds([np.full((4, 2), 0.5)])[-1] == 1.0
