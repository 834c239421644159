"""Score matrices: every drift sees the same seeds, and failures are neither hidden nor free."""

import jax
import numpy as np
import pytest

from discovery.benchmark.scores import ScoreMatrix, score_drifts
from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.seeds import Stream, stream_keys
from discovery.rl.task import make_task

TINY = PPOConfig(total_steps=1024, num_envs=4, num_steps=64, update_epochs=2, num_minibatches=2, hidden=(8,))


def test_a_row_is_the_drift_trained_alone():
    task = make_task("CartPole-v1")
    keys = stream_keys(0, Stream.BENCHMARK, 18)  # more than a chunk, and no multiple of it
    drifts = {name: (lower(ZOO[name].expr), ()) for name in ("none", "ppo")}
    matrix = score_drifts(task, TINY, drifts, keys=keys)
    assert matrix.curves["ppo"].shape == (18, TINY.num_updates)
    alone = jax.jit(make_train(task, TINY, drifts["ppo"][0]))
    for seed in (0, 17):
        np.testing.assert_allclose(matrix.curves["ppo"][seed, :2], alone(keys[seed], ()).returns[:2], rtol=1e-3)
    assert not np.array_equal(matrix.curves["none"], matrix.curves["ppo"])


def test_rows_count_failures_as_the_worst_score():
    curves = {
        "none": np.array([[0.0], [1.0], [2.0]]),
        "ppo": np.array([[10.0], [10.0], [10.0]]),
        "x": np.array([[20.0], [np.nan], [5.0]]),
    }
    rows = {row["drift"]: row for row in ScoreMatrix("t", "auc", curves, 1.0).rows(rng=np.random.default_rng(0))}
    assert rows["x"]["failures"] == 1
    assert rows["x"]["mean"] == pytest.approx((20 + 0 + 5) / 3)
    assert rows["x"]["probability_of_improvement_over_ppo"] == pytest.approx(1 / 3)
    assert rows["ppo"]["normalised"] == 1.0
    assert rows["none"]["normalised"] == 0.0
    assert np.isnan(rows["x"]["scores"][1])


def test_without_references_there_is_no_normalised_score():
    matrix = ScoreMatrix("t", "final", {"x": np.ones((4, 10))}, 1.0)
    row = matrix.rows(rng=np.random.default_rng(0))[0]
    assert "normalised" not in row
    assert row["probability_of_improvement_over_ppo"] is None
