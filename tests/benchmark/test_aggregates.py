"""Aggregates against closed forms, scipy and identities."""

import numpy as np
import pytest
from scipy import stats

from discovery.benchmark.statistics import AGGREGATES, aggregate, aggregate_intervals, iqm, iqm_interval


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_iqm_is_the_mean_of_the_middle_half():
    assert iqm(np.array([-1e9, 1.0, 2.0, 1e9])) == 1.5
    assert iqm(np.arange(8.0)) == 3.5


@pytest.mark.parametrize("shape", [(2, 1), (3, 1), (5, 3), (7, 2), (32, 5)])
def test_iqm_is_the_trimmed_mean_whatever_the_number_of_scores(shape, rng):
    scores = np.round(rng.normal(size=shape), 1)  # with ties
    assert iqm(scores) == pytest.approx(stats.trim_mean(scores, 0.25, axis=None))


def test_the_median_is_over_tasks_of_means_over_runs():
    scores = np.array([[0.0, 10.0, 1.0], [0.0, 20.0, 3.0], [9.0, 0.0, 2.0]])
    assert aggregate("median", scores) == 3.0  # of 3, 10, 2; the median of all nine is 2


def test_the_optimality_gap_is_the_mean_shortfall_from_one():
    assert aggregate("optimality_gap", np.array([[0.25, 7.0], [0.75, 1.0]])) == pytest.approx((0.75 + 0.25) / 4)
    assert aggregate("optimality_gap", np.array([1.0, 2.0])) == 0.0


def test_constant_scores_have_intervals_without_width(rng):
    intervals = aggregate_intervals(np.full((6, 3), 0.5), rng=rng, repetitions=50)
    assert set(intervals) == {"iqm", "mean", "median", "optimality_gap"}
    for interval in intervals.values():
        assert interval == pytest.approx((0.5, 0.5, 0.5))


@pytest.mark.parametrize("name", AGGREGATES)
def test_the_order_of_runs_and_of_tasks_does_not_matter(name, rng):
    scores = rng.normal(size=(9, 4))
    shuffled = rng.permuted(scores, axis=0)[:, [2, 0, 3, 1]]
    assert aggregate(name, shuffled) == pytest.approx(aggregate(name, scores))


@pytest.mark.parametrize("name", ["iqm", "mean", "median"])
def test_shift_and_scale_carry_over_to_value_and_ends(name, rng):
    scores = rng.gumbel(size=(9, 4))
    plain = aggregate_intervals(scores, rng=np.random.default_rng(1), repetitions=200)[name]
    moved = aggregate_intervals(3 * scores - 7, rng=np.random.default_rng(1), repetitions=200)[name]
    assert moved == pytest.approx(tuple(3 * end - 7 for end in plain))
    assert plain.low < plain.value < plain.high


def test_a_resample_by_counts_is_a_resample_by_copies(rng):
    """The counts of a resample and its copied scores give the same statistics."""
    scores = np.round(rng.normal(size=(7, 3)), 1)
    rows = rng.integers(7, size=(7, 3))
    copies = np.take_along_axis(scores, rows, axis=0)
    counts = np.array([[np.sum(rows[:, task] == run) for task in range(3)] for run in range(7)])[:, :, None]
    for name, statistic in AGGREGATES.items():
        assert statistic(scores, counts.astype(float))[0] == pytest.approx(aggregate(name, copies)), name


def test_the_interval_of_a_normal_sample_is_that_of_theory(rng):
    """The IQM's standard error, by simulation, against the width of the bootstrap interval."""
    spread = np.std(stats.trim_mean(rng.normal(size=(3000, 100)), 0.25, axis=1))
    widths = [
        interval.high - interval.low
        for interval in (iqm_interval(rng.normal(size=100), rng=rng, repetitions=500) for _ in range(40))
    ]
    assert np.mean(widths) == pytest.approx(2 * 1.96 * spread, rel=0.08)


def test_the_bootstrap_resamples_within_tasks(rng):
    """Between-task differences must not widen the interval."""
    noise = rng.normal(size=(50, 2))
    apart = iqm_interval(noise * 1e-3 + np.array([0.0, 100.0]), rng=rng)
    assert apart.high - apart.low < 1.0


def _true_iqm(means, spreads):
    """Of an equal mixture of normals: twice the integral of x between its quartiles, mean dPhi - spread dphi each."""
    grid = np.linspace(-10, 10, 400_001)
    cdf = stats.norm.cdf((grid[:, None] - means) / spreads).mean(axis=1)
    ends = (np.interp([0.25, 0.75], cdf, grid)[:, None] - means) / spreads
    return 2 * np.mean(means * np.diff(stats.norm.cdf(ends), axis=0) - spreads * np.diff(stats.norm.pdf(ends), axis=0))


def test_the_95_percent_interval_of_the_iqm_covers(rng):
    """1,000 samples of 32 runs on 3 tasks: the standard error of the coverage is 0.7%."""
    means, spreads = np.array([0.2, 0.8, 1.0]), np.array([0.5, 0.2, 1.0])
    truth, held = _true_iqm(means, spreads), 0
    for _ in range(1000):
        interval = iqm_interval(rng.normal(means, spreads, (32, 3)), rng=rng, repetitions=300)
        held += interval.low <= truth <= interval.high
    assert 930 <= held <= 970


def test_an_interval_over_one_run_is_refused(rng):
    with pytest.raises(ValueError, match="seeds must be at least 2 for an interval; got 1"):
        iqm_interval(np.array([[1.0, 2.0]]), rng=rng)


@pytest.mark.parametrize("scores", [np.array([1.0, np.nan]), np.zeros((0, 3)), np.zeros((2, 2, 2))])
def test_scores_that_are_no_matrix_are_refused(scores, rng):
    with pytest.raises(ValueError, match="scores must be"):
        iqm_interval(scores, rng=rng)
