"""Scales by drifts and by published returns, and the reasons where there is none."""

import math

import numpy as np
import pytest
from scipy import stats

from discovery.benchmark.statistics import (
    NoScale,
    Scale,
    difference_in_standard_errors,
    drift_scale,
    failed_seeds,
    filled,
    reference_scale,
)
from discovery.rl.references import RANDOM, REFERENCES


def test_difference_in_standard_errors_is_welch():
    rng = np.random.default_rng(0)
    x, y = rng.normal(1, 2, 30), rng.normal(0, 1, 50)
    assert difference_in_standard_errors(x, y) == pytest.approx(stats.ttest_ind(x, y, equal_var=False).statistic)


def test_constants_are_equal_or_infinitely_far_apart():
    assert difference_in_standard_errors(np.ones(3), np.ones(3)) == 0.0
    assert difference_in_standard_errors(np.zeros(3), np.ones(3)) == -math.inf


def test_normalised_score():
    def normalised(scores, none, ppo):
        scale = drift_scale({"none": none, "ppo": ppo})
        return None if isinstance(scale, NoScale) else float(scale(scores.mean()))

    none, ppo = np.array([-1.0, 0.0, 1.0]), np.array([9.0, 10.0, 11.0])
    assert normalised(np.full(3, 5.0), none, ppo) == 0.5
    assert normalised(none, ppo, none) is None  # ppo worse than none: no scale
    assert normalised(none, none, none + 0.1) is None


def test_the_scale_of_drifts_is_zero_for_none_and_one_for_ppo():
    scores = {"none": np.array([-1.0, 0.0, 4.0]), "ppo": np.array([9.0, 10.0, 11.0])}
    scale = drift_scale(scores)
    assert isinstance(scale, Scale)
    assert scale(scores["none"]).mean() == pytest.approx(0)
    assert scale(scores["ppo"]).mean() == pytest.approx(1)


def test_without_a_scale_there_is_a_reason():
    same = np.array([0.0, 1.0, 2.0])
    reasons = [drift_scale({"none": same, "ppo": same + 0.1}), drift_scale({"ppo": same}), reference_scale("ant")]
    assert all(isinstance(reason, NoScale) for reason in reasons)
    assert [reason.reason for reason in reasons] == [
        "ppo does not beat none by two standard errors (0.1), so that there is no scale",
        "the scale needs none and ppo among the drifts; none missing",
        "no published return is known for ant",
    ]


@pytest.mark.parametrize("env", REFERENCES)
def test_published_returns_are_one_and_random_ones_zero(env):
    scale = reference_scale(env)
    assert isinstance(scale, Scale)
    assert scale(np.array([RANDOM[env].value, REFERENCES[env].value])).tolist() == [0.0, 1.0]


def test_failures_get_the_worst_score_of_all_drifts():
    scores = {"a": np.array([3.0, np.nan, 1.0]), "b": np.array([2.0, -5.0, np.inf])}
    whole = filled(scores)
    assert whole["a"].tolist() == [3.0, -5.0, 1.0]
    assert whole["b"].tolist() == [2.0, -5.0, -5.0]
    assert failed_seeds(scores["b"]) == [2]
    assert np.isnan(scores["a"][1])  # what was measured stays as it is
    assert np.isnan(filled({"a": np.full(2, np.nan)})["a"]).all()


@pytest.mark.slow
def test_the_table_of_random_returns_is_what_random_actions_reach():
    from benchmarks.random_returns import episode_returns

    for env in ("CartPole-v1", "Pendulum-v1", "Breakout-MinAtar"):
        returns = episode_returns(env, 1024)
        error = returns.std(ddof=1) / math.sqrt(len(returns))
        assert abs(returns.mean() - RANDOM[env].value) < 4 * error, env
