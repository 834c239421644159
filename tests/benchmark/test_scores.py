"""Score matrices: failures are neither hidden nor free."""

import numpy as np
import pytest

from discovery.benchmark.conditions import Condition
from discovery.benchmark.scores import ScoreMatrix
from discovery.rl.config import PPOConfig


def matrix(curves, metric="auc"):
    condition = Condition("t", PPOConfig(), {"gamma": 0.5})
    return ScoreMatrix("t[gamma=0.5]", condition, metric, curves, {name: {} for name in curves}, 1.0)


def test_rows_count_failures_as_the_worst_score():
    curves = {
        "none": np.array([[0.0], [1.0], [2.0]]),
        "ppo": np.array([[10.0], [10.0], [10.0]]),
        "x": np.array([[20.0], [np.nan], [5.0]]),
    }
    rows = {row["drift"]: row for row in matrix(curves).rows(rng=np.random.default_rng(0))}
    assert rows["x"]["failures"] == 1
    assert rows["x"]["failed_seeds"] == [1]
    assert rows["x"]["mean"] == pytest.approx((20 + 0 + 5) / 3)
    assert rows["x"]["probability_of_improvement_over_ppo"] == pytest.approx(1 / 3)
    assert rows["ppo"]["normalised"] == 1.0
    assert rows["none"]["normalised"] == 0.0
    assert np.isnan(rows["x"]["scores"][1])
    assert (rows["x"]["env"], rows["x"]["condition"], rows["x"]["settings"]) == ("t", "t[gamma=0.5]", {"gamma": 0.5})


def test_without_references_there_is_no_normalised_score():
    row = matrix({"x": np.ones((4, 10))}, "final").rows(rng=np.random.default_rng(0))[0]
    assert "normalised" not in row
    assert row["probability_of_improvement_over_ppo"] is None
