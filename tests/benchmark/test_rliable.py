"""Agreement with the authors' package rliable: values exactly, ends of intervals to Monte-Carlo error.

An end from R repetitions lies between the order statistics of ranks k and k + 1 of R draws from the bootstrap
distribution, and the level in that distribution of the one of rank k is Beta(k, R + 1 - k) distributed. So rliable's
end must lie between our quantiles at the levels that this distribution leaves with probability 1e-5 on either side,
widened by 4 standard errors of our own: no density, and so no trouble with discrete distributions. rliable ignores the
random state that it documents and draws from numpy's global one.
"""

import importlib.util
import sys
import types

import numpy as np
import pytest
from scipy import stats

from discovery.benchmark.statistics import AGGREGATES, aggregate, performance_profile, probability_of_improvement
from discovery.benchmark.statistics.comparison import improvements
from discovery.benchmark.statistics.profiles import fractions_above
from discovery.benchmark.statistics.resampling import resamples


def _rliable():
    """rliable 1.2 with the bootstrap of arch 7, whose other parts cannot be imported beside pandas 3.

    A bare package in the place of arch's own __init__, which imports all of it, leaves arch.bootstrap as it is.
    """
    if "arch" not in sys.modules:
        spec = importlib.util.find_spec("arch")
        arch = types.ModuleType("arch")
        arch.__path__ = list(spec.submodule_search_locations)
        sys.modules["arch"] = arch
    from rliable import library, metrics

    return library, metrics


library, metrics = _rliable()

OURS = 20_000
RNG = np.random.default_rng(0)
MATRICES = {
    "normal": RNG.normal(0.7, 0.4, (32, 5)),
    "ties": np.round(RNG.normal(0.9, 0.3, (10, 3)), 1),
    "skewed": 1.2 - RNG.exponential(0.5, (17, 2)) * [1.0, 3.0],
}
THEIRS = {
    "iqm": metrics.aggregate_iqm,
    "mean": metrics.aggregate_mean,
    "median": metrics.aggregate_median,
    "optimality_gap": metrics.aggregate_optimality_gap,
}
TAU = np.array([-0.5, 0.0, 0.4, 0.7, 0.9, 1.0, 1.3])


def assert_ends_agree(theirs, resampled, repetitions):
    """Ends [2, values] of rliable against our resampled values [values, OURS]."""
    for end, level in zip(theirs, (0.025, 0.975), strict=True):
        rank = int(level * (repetitions - 1)) + 1
        lowest = stats.beta.ppf(1e-5, rank, repetitions + 1 - rank)
        highest = stats.beta.ppf(1 - 1e-5, rank + 1, repetitions - rank)
        slack = 4 * np.sqrt(level * (1 - level) / OURS)
        low, high = np.quantile(resampled, np.clip([lowest - slack, highest + slack], 0, 1), axis=-1)
        assert (low - 1e-9 <= end).all()
        assert (end <= high + 1e-9).all()


@pytest.mark.parametrize("name", MATRICES)
def test_aggregates(name):
    scores = MATRICES[name]
    np.random.seed(1)
    value, ends = library.get_interval_estimates(
        {name: scores}, lambda x: np.array([THEIRS[key](x) for key in AGGREGATES]), reps=1000
    )
    assert [aggregate(key, scores) for key in AGGREGATES] == pytest.approx(value[name].tolist(), rel=1e-12)
    counts = resamples(*scores.shape, rng=np.random.default_rng(2), repetitions=OURS)
    assert_ends_agree(ends[name], np.stack([statistic(scores, counts) for statistic in AGGREGATES.values()]), 1000)


@pytest.mark.parametrize("name", MATRICES)
def test_profiles(name):
    scores = MATRICES[name]
    np.random.seed(3)
    value, ends = library.create_performance_profile({name: scores}, TAU, reps=500)
    ours = performance_profile(scores, TAU, rng=np.random.default_rng(4), repetitions=2)
    np.testing.assert_allclose(ours.value, value[name], rtol=1e-12)
    counts = resamples(*scores.shape, rng=np.random.default_rng(4), repetitions=OURS)
    assert_ends_agree(ends[name], fractions_above(scores, TAU, counts), 500)


@pytest.mark.parametrize("name", MATRICES)
def test_probability_of_improvement(name):
    x = MATRICES[name]
    y = np.round(x[::-1] * 0.8 + 0.1, 1)[: len(x) - 1]  # other runs, fewer of them, ties with some of x
    np.random.seed(5)
    value, ends = library.get_interval_estimates(
        {name: (x, y)}, lambda x, y: np.array([metrics.probability_of_improvement(x, y)]), reps=300
    )
    assert probability_of_improvement(x, y) == pytest.approx(value[name][0], rel=1e-12)
    rng = np.random.default_rng(6)
    counts = [resamples(*matrix.shape, rng=rng, repetitions=OURS) for matrix in (x, y)]
    assert_ends_agree(ends[name], improvements(x, y, *counts)[None], 300)
