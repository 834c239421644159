"""Fitness of learning curves."""

import jax.numpy as jnp
import numpy as np
import pytest

from discovery.rl.score import score


def test_auc_is_the_mean_and_final_the_last_tenth():
    curves = jnp.stack([jnp.arange(20.0), jnp.full(20, 5.0)])
    np.testing.assert_allclose(score(curves, "auc"), [9.5, 5.0])
    np.testing.assert_allclose(score(curves, "final"), [18.5, 5.0])


def test_final_of_a_short_curve_is_its_last_value():
    assert float(score(jnp.array([1.0, 2.0, 3.0]), "final")) == 3.0


def test_nan_stays_nan():
    assert np.isnan(float(score(jnp.array([1.0, jnp.nan, 2.0]), "auc")))


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="auc, final"):
        score(jnp.zeros(3), "best")
