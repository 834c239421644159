"""The probability of improvement, the words it allows and the seeds it would take."""

import math

import numpy as np
import pytest
from scipy import stats

from discovery.benchmark.statistics import Interval, compare, probability_of_improvement, seeds_needed, word


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_probability_of_improvement_is_mann_whitney(rng):
    x, y = rng.integers(0, 9, 40).astype(float), rng.integers(0, 9, 30).astype(float)
    u = stats.mannwhitneyu(x, y).statistic
    assert probability_of_improvement(x, y) == pytest.approx(u / (40 * 30))
    assert probability_of_improvement(x, x) == 0.5


def test_both_directions_sum_to_one(rng):
    x, y = np.round(rng.normal(size=(12, 3)), 1), np.round(rng.normal(0.3, size=(9, 3)), 1)
    assert probability_of_improvement(x, y) + probability_of_improvement(y, x) == pytest.approx(1)


def test_tasks_count_alike_whatever_their_scale(rng):
    x, y = rng.normal(size=(8, 2)), rng.normal(size=(8, 2))
    each = [probability_of_improvement(x[:, task], y[:, task]) for task in range(2)]
    assert probability_of_improvement(x * [1, 1000], y * [1, 1000]) == pytest.approx(np.mean(each))


def test_a_failure_is_worse_than_any_run_and_equal_to_a_failure(rng):
    assert probability_of_improvement(np.array([np.nan, 1.0]), np.array([0.0])) == 0.5
    assert probability_of_improvement(np.array([np.nan]), np.array([-1e300])) == 0.0
    assert probability_of_improvement(np.array([np.nan]), np.array([np.nan])) == 0.5
    failed = compare(np.full(8, np.nan), np.arange(8.0), rng=rng)
    assert failed.word == "worse"
    assert failed.probability == (0.0, 0.0, 0.0)


def test_the_interval_has_the_width_of_the_rank_test(rng):
    """Under equality U/n^2 has the standard deviation sqrt((2 n + 1)/(12 n^2))."""
    widths = []
    for _ in range(40):
        probability = compare(rng.normal(size=60), rng.normal(size=60), rng=rng, repetitions=500).probability
        widths.append(probability.high - probability.low)
    assert np.mean(widths) == pytest.approx(2 * 1.96 * math.sqrt(121 / (12 * 3600)), rel=0.08)


def test_the_words_follow_the_interval():
    assert word(Interval(0.7, 0.51, 0.9), seeds=8) == "better"
    assert word(Interval(0.3, 0.1, 0.49), seeds=8) == "worse"
    assert word(Interval(0.7, 0.5, 0.9), seeds=8) == "not told apart"
    assert word(Interval(0.3, 0.1, 0.5), seeds=8) == "not told apart"


def test_three_runs_against_three_allow_no_word(rng):
    assert stats.mannwhitneyu([4, 5, 6], [1, 2, 3]).pvalue == pytest.approx(0.1)
    apart = compare(np.array([4.0, 5, 6]), np.array([1.0, 2, 3]), rng=rng)
    assert apart.probability == (1.0, 1.0, 1.0)
    assert apart.word == "not told apart"
    assert compare(np.arange(4.0) + 9, np.arange(4.0), rng=rng).word == "better"


def test_equal_drifts_are_told_apart_once_in_twenty(rng):
    """500 pairs of 16 runs: the standard error of the share is 1%."""
    said = sum(
        compare(*rng.normal(size=(2, 16)), rng=rng, repetitions=300).word != "not told apart" for _ in range(500)
    )
    assert 10 <= said <= 45


def test_the_seeds_needed_are_noethers():
    """Noether's total of both arms, (z + z)^2 / (12 c (1 - c) (P - 1/2)^2) with c = 1/2, halved."""
    total = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) ** 2 / (12 * 0.25 * 0.15**2)
    assert seeds_needed(0.65) == math.ceil(total / 2) == 59
    assert seeds_needed(0.35) == 59
    assert seeds_needed(0.65, tasks=5) == math.ceil(total / 10)


def test_no_number_of_seeds_where_there_is_no_difference():
    assert seeds_needed(0.5) is None
    assert seeds_needed(0.5 + 1e-4) is None
    assert seeds_needed(math.nan) is None
    assert 99_000 < (seeds_needed(0.503618) or 0) <= 100_000
    assert seeds_needed(1.0, tasks=50) == 4  # below which there are no words


@pytest.mark.slow
@pytest.mark.parametrize(("probability", "tasks"), [(0.65, 1), (0.75, 1), (0.65, 3)])
def test_so_many_seeds_tell_a_difference_apart_in_four_of_five_cases(probability, tasks, rng):
    """1,500 pairs: the standard error of the share is 1%; normal approximation and bootstrap may add a few percent."""
    seeds = seeds_needed(probability, tasks=tasks)
    shift = math.sqrt(2) * stats.norm.ppf(probability)
    said = sum(
        compare(x + shift, y, rng=rng, repetitions=500).word == "better"
        for x, y in (rng.normal(size=(2, seeds, tasks)) for _ in range(1500))
    )
    assert 0.76 < said / 1500 < 0.87


def test_arms_of_other_tasks_are_refused(rng):
    with pytest.raises(ValueError, match="same tasks"):
        probability_of_improvement(np.zeros((3, 2)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="at least 2"):
        compare(np.zeros(1), np.zeros(3), rng=rng)
