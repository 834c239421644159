"""Stacked drifts are their members; the objective's slope is what the loss differentiates."""

import jax
import jax.numpy as jnp
import numpy as np

from discovery.drifts.lowering import lower
from discovery.drifts.neural import neural_drift
from discovery.drifts.slope import objective_slope
from discovery.drifts.stack import stack_drifts
from discovery.drifts.zoo import ZOO
from discovery.expression.parser import parse

KEY = jax.random.key(0)
RATIO = jnp.exp(jax.random.normal(KEY, (50,)) * 0.5)
ADVANTAGE = jax.random.normal(jax.random.key(1), (50,))


def test_a_stack_is_each_of_its_members_also_under_vmap():
    members = [lower(ZOO["ppo"].expr), neural_drift("residual", width=8), lower(ZOO["dpo"].expr)]
    stack = stack_drifts(members)
    params = stack.init(KEY)
    expected = [m.apply(p, RATIO, ADVANTAGE) for m, p in zip(members, params["params"], strict=True)]
    together = jax.vmap(lambda i: stack.apply({**params, "index": i}, RATIO, ADVANTAGE))(jnp.arange(3))
    for index, values in enumerate(expected):
        np.testing.assert_allclose(stack.apply({**params, "index": index}, RATIO, ADVANTAGE), values, rtol=1e-6)
        np.testing.assert_allclose(together[index], values, rtol=1e-5, atol=1e-7)
    assert not np.allclose(together[0], together[2])


def test_a_stack_hands_progress_to_the_members_that_see_it():
    fading = lower(parse("(1 - progress)*(r - 1)**2", allowed=("r", "progress")))
    members = [lower(ZOO["chi2"].expr), fading, neural_drift("ta-residual", width=8)]
    stack = stack_drifts(members)
    assert stack.sees_progress
    assert not stack_drifts(members[:1]).sees_progress
    params = stack.init(KEY)
    for progress in (0.0, 0.25):
        for index, (member, p) in enumerate(zip(members, params["params"], strict=True)):
            found = stack.evaluate({**params, "index": index}, RATIO, ADVANTAGE, progress)
            np.testing.assert_allclose(found, member.evaluate(p, RATIO, ADVANTAGE, progress), rtol=1e-6)
    assert not np.allclose(found, member.evaluate(p, RATIO, ADVANTAGE, 1.0), rtol=1e-2)


def test_the_slope_is_taken_at_the_given_progress():
    """f = p (r - 1)^2: d(rA - f)/dr = A - 2 p (r - 1)."""
    ratio, advantage = np.linspace(0.5, 2, 7), np.linspace(-3, 3, 5)
    drift = lower(parse("progress*(r - 1)**2", allowed=("r", "progress")))
    slope = objective_slope(drift, (), ratio, advantage, progress=0.3)
    np.testing.assert_allclose(slope, advantage[:, None] - 0.6 * (ratio - 1), atol=1e-5)


def test_the_slope_of_chi_squared_is_known():
    """f = (r - 1)^2: d(rA - f)/dr = A - 2 (r - 1)."""
    ratio, advantage = np.linspace(0.5, 2, 7), np.linspace(-3, 3, 5)
    slope = objective_slope(lower(ZOO["chi2"].expr), (), ratio, advantage)
    np.testing.assert_allclose(slope, advantage[:, None] - 2 * (ratio - 1), atol=1e-5)
