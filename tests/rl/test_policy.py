"""The two action distributions against scipy and against their own samples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from discovery.rl.policy import CATEGORICAL, DIAGONAL_GAUSSIAN


def test_categorical_log_prob_and_entropy():
    p = np.array([0.5, 0.3, 0.2])
    logits = jnp.log(jnp.asarray(p, jnp.float32)) + 7.0  # logits need no normalisation
    got = [float(CATEGORICAL.log_prob(logits, jnp.int32(a))) for a in range(3)]
    np.testing.assert_allclose(got, np.log(p), rtol=1e-5)
    assert float(CATEGORICAL.entropy(logits)) == pytest.approx(stats.entropy(p), rel=1e-5)


def test_categorical_samples_have_the_right_frequencies():
    p = np.array([0.5, 0.3, 0.2], np.float32)
    noise = CATEGORICAL.noise(jax.random.key(0), (20_000,), 3)
    actions = CATEGORICAL.sample(jnp.broadcast_to(jnp.log(p), (20_000, 3)), noise)
    assert actions.dtype == jnp.int32
    np.testing.assert_allclose(np.bincount(actions, minlength=3) / 20_000, p, atol=0.015)


def test_gaussian_log_prob_and_entropy():
    mean, std = np.array([0.3, -1.0]), np.array([0.5, 2.0])
    outputs = jnp.asarray(np.concatenate([mean, np.log(std)]), jnp.float32)
    action = np.array([0.1, 0.7])
    log_prob = np.sum(stats.norm.logpdf(action, mean, std))
    entropy = np.sum(stats.norm.entropy(mean, std))
    got = float(DIAGONAL_GAUSSIAN.log_prob(outputs, jnp.asarray(action, jnp.float32)))
    assert got == pytest.approx(log_prob, rel=1e-5)
    assert float(DIAGONAL_GAUSSIAN.entropy(outputs)) == pytest.approx(entropy, rel=1e-5)


def test_gaussian_samples_have_the_right_moments():
    outputs = jnp.broadcast_to(jnp.array([0.3, -1.0, np.log(0.5), np.log(2.0)]), (20_000, 4))
    noise = DIAGONAL_GAUSSIAN.noise(jax.random.key(0), (20_000,), 2)
    actions = np.asarray(DIAGONAL_GAUSSIAN.sample(outputs, noise))
    np.testing.assert_allclose(actions.mean(0), [0.3, -1.0], atol=0.05)
    np.testing.assert_allclose(actions.std(0), [0.5, 2.0], rtol=0.03)
