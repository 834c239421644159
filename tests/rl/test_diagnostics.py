"""Diagnostics against numpy, closed forms, and training without them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.drifts.drift import Drift
from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.expression.parser import parse
from discovery.rl.config import PPOConfig
from discovery.rl.diagnostics import METRICS, ends_of_stretches, thinned, update_diagnostics
from discovery.rl.ppo import make_train
from discovery.rl.task import make_task

SMALL = PPOConfig(total_steps=2560, num_envs=4, num_steps=64, update_epochs=2, num_minibatches=2, hidden=(8,))


def diagnostics_of(text, ratio, advantage, entropy=(0.5, 0.7)):
    found = update_diagnostics(
        lower(parse(text)), (), jnp.asarray(ratio), jnp.asarray(advantage), jnp.array(entropy), 0
    )
    return {name: float(value) for name, value in found.items()}


def test_against_numpy():
    rng = np.random.default_rng(0)
    ratio, advantage = np.exp(rng.normal(0, 0.4, 500)).astype("f"), rng.normal(size=500).astype("f")
    found = diagnostics_of("relu((r - clip(r, 0.8, 1.2))*A)", ratio, advantage)
    drift = np.maximum((ratio - np.clip(ratio, 0.8, 1.2)) * advantage, 0)
    assert found["entropy"] == pytest.approx(0.6)
    assert found["approx_kl"] == pytest.approx(np.mean(ratio - 1 - np.log(ratio)), rel=1e-5)
    assert found["drift"] == pytest.approx(drift.mean(), rel=1e-5)
    assert found["active"] == found["restrained"] == pytest.approx(np.mean(drift > 0))
    for share in (1, 10, 50, 90, 99):
        assert found[f"ratio_q{share:02d}"] == pytest.approx(np.quantile(ratio, share / 100), rel=1e-5)


def test_a_smooth_drift_is_active_nearly_everywhere_and_restrains_far_out():
    ratio, advantage = jnp.array([1.0, 1.01, 1.2, 0.5]), jnp.array([1.0, 1.0, 1.0, -1.0])
    found = diagnostics_of("abs(A)*(r - 1)**2/0.4", ratio, advantage)  # its slope is 5 |A| (r - 1)
    assert (found["active"], found["restrained"]) == (0.75, 0.5)


def test_a_drift_that_adds_to_the_push_restrains_nothing():
    """Below A = 0 and above r = 1 the surrogate pushes back to 1 already, and so does the drift."""
    found = diagnostics_of("abs(A)*(r - 1)**2/0.4", jnp.array([1.5, 0.5]), jnp.array([-1.0, 1.0]))
    assert (found["active"], found["restrained"]) == (1.0, 0.0)


def test_without_a_drift_nothing_is_active():
    found = diagnostics_of("0", jnp.array([0.5, 2.0, 1.0]), jnp.array([1.0, -1.0, 0.0]))
    assert found["active"] == found["restrained"] == found["drift"] == 0


@pytest.mark.parametrize("points", [1, 3, 10])
def test_stretches_keep_the_mean_and_the_total(points):
    values = np.random.default_rng(1).uniform(size=10)
    found = thinned({"drift": jnp.asarray(values), "entropy": jnp.arange(10.0)}, points)
    ends = ends_of_stretches(10, points)
    starts = [0, *ends[:-1]]
    assert (len(ends), ends[-1]) == (points, 10)
    expected = [np.arange(10)[first:last].mean() for first, last in zip(starts, ends, strict=True)]
    np.testing.assert_allclose(found["entropy"], expected, rtol=1e-6)
    np.testing.assert_allclose(found["total_drift"], np.cumsum(values)[np.array(ends) - 1], rtol=1e-5)


def test_training_reports_and_is_not_changed_by_it():
    task, drift, key = make_task("CartPole-v1"), lower(ZOO["ppo"].expr), jax.random.key(0)
    found = jax.jit(make_train(task, SMALL, drift, diagnostics=5))(key, ())
    without = jax.jit(make_train(task, SMALL, drift))(key, ())
    assert without.diagnostics == {}
    np.testing.assert_allclose(found.returns[:3], without.returns[:3], rtol=1e-4)
    assert set(found.diagnostics) == set(METRICS)
    values = {name: np.asarray(values) for name, values in found.diagnostics.items()}
    assert all(each.shape == (5,) and np.isfinite(each).all() for each in values.values())
    assert 0 < values["entropy"][0] <= np.log(2) + 1e-6
    assert (values["approx_kl"] > 0).all()
    assert (np.diff(values["total_drift"]) >= 0).all()
    assert (values["ratio_q01"] <= values["ratio_q50"]).all()
    assert (values["ratio_q50"] <= values["ratio_q99"]).all()


def test_total_drift_is_the_sum_of_the_updates():
    task, drift, key = make_task("CartPole-v1"), lower(ZOO["spo"].expr), jax.random.key(1)
    found = jax.jit(make_train(task, SMALL, drift, diagnostics=SMALL.num_updates))(key, ()).diagnostics
    np.testing.assert_allclose(found["total_drift"], np.cumsum(found["drift"]), rtol=1e-5)


def test_a_diverged_run_has_none():
    task, config = make_task("CartPole-v1"), SMALL
    drift = Drift(init=lambda key: (), apply=lambda params, ratio, advantage: jnp.nan * ratio)
    found = jax.jit(make_train(task, config, drift, diagnostics=2))(jax.random.key(0), ())
    assert np.isnan(found.returns).all()
    assert all(np.isnan(np.asarray(values)).all() for values in found.diagnostics.values())


def test_more_points_than_updates_are_refused():
    with pytest.raises(ValueError, match="at most 10 updates; got 11"):
        make_train(make_task("CartPole-v1"), SMALL, lower(ZOO["ppo"].expr), diagnostics=11)
