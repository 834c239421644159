"""Statistics against closed forms and independent implementations."""

import numpy as np
import pytest
from scipy import stats

from discovery.benchmark.statistics import (
    difference_in_standard_errors,
    iqm,
    iqm_interval,
    normalised,
    probability_of_improvement,
)

RNG = np.random.default_rng(0)


def test_iqm_is_the_mean_of_the_middle_half():
    assert iqm(np.array([-1e9, 1.0, 2.0, 1e9])) == 1.5
    assert iqm(np.arange(8.0)) == 3.5


def test_the_interval_of_a_normal_sample_is_that_of_theory():
    """The IQM's standard error, by simulation, against the width of the bootstrap interval."""
    spread = np.std([iqm(RNG.normal(size=100)) for _ in range(3000)])
    widths = [
        interval.high - interval.low
        for interval in (iqm_interval(RNG.normal(size=100), rng=RNG, repetitions=500) for _ in range(40))
    ]
    assert np.mean(widths) == pytest.approx(2 * 1.96 * spread, rel=0.08)


def test_the_bootstrap_resamples_within_tasks():
    """Between-task differences must not widen the interval."""
    noise = RNG.normal(size=(50, 2))
    apart = iqm_interval(noise * 1e-3 + np.array([0.0, 100.0]), rng=RNG)
    assert apart.high - apart.low < 1.0


def test_probability_of_improvement_is_mann_whitney():
    x, y = RNG.integers(0, 9, 40).astype(float), RNG.integers(0, 9, 30).astype(float)
    u = stats.mannwhitneyu(x, y).statistic
    assert probability_of_improvement(x, y) == pytest.approx(u / (40 * 30))
    assert probability_of_improvement(x, x) == 0.5
    assert probability_of_improvement(np.array([np.nan, 1.0]), np.array([0.0])) == 0.5  # a failure counts as worse


def test_difference_in_standard_errors_is_welch():
    x, y = RNG.normal(1, 2, 30), RNG.normal(0, 1, 50)
    assert difference_in_standard_errors(x, y) == pytest.approx(stats.ttest_ind(x, y, equal_var=False).statistic)


def test_normalised_score():
    none, ppo = np.array([-1.0, 0.0, 1.0]), np.array([9.0, 10.0, 11.0])
    assert normalised(np.full(3, 5.0), none, ppo) == 0.5
    assert normalised(none, ppo, none) is None  # ppo worse than none: no scale
    assert normalised(none, none, none + 0.1) is None
