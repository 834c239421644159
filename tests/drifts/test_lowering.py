"""Formulas compiled to JAX: float32 values agree with float64 numpy, gradients are finite everywhere."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import Number, substitute
from discovery.expression.parser import parse
from tests.strategies import expressions

EXTREMES = np.array([0.0, 1e-38, 1e-20, 1e-8, 0.5, 1 - 2**-24, 1.0, 1 + 2**-23, 2.0, 1e4, 1e8, 1e12], np.float32)
FORMULAS = [entry.text for entry in ZOO.values()] + [
    "where(A >= 0, sqrt(1 + (A*log(r))**2) - 1, 1 - exp(-(A*(1 - 1/r))**2))",
    "sqrt((r - 1)**2*A**2)*tanh(A*(r - 1))",
    "log(cosh(A*(r - 1)))",
    "r**A*A**2*(r - 1)**2",
    "where(A > 0, (r - 1)**2/A, 0)",
    "log(1 + exp((r - 1)*A)) - log(2) - (r - 1)*A/2",
    "(r**1.5 - 1)**2/r**0.5",
]
TEMPORAL = [
    "(1 - progress)*abs(A)*(r - 1)**2",
    "exp(-2.5*progress)*(r - 1 - log(r))",
    "where(A >= 0, (1 + progress)*tanh(A*(r - 1)/(1 + progress))**2, 0)",
    "where(progress > 0.25, tanh(A*(r - 1)/progress)**2, (A*(r - 1))**2)",
    "relu(A*(r - clip(r, 1 - 0.4*(1 - progress), 1 + 0.4*(1 - progress))))",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_values_agree_with_float64(text):
    rng = np.random.default_rng(1)
    ratio = np.exp(rng.normal(0, 0.7, 2000)).astype(np.float32)
    advantage = rng.normal(0, 1.5, 2000).astype(np.float32)
    expr = parse(text)
    value = lower(expr).apply((), jnp.asarray(ratio), jnp.asarray(advantage))
    assert value.dtype == jnp.float32
    expected = evaluate(expr, {"r": ratio, "A": advantage})
    # Near r = 1 float32 cancels: the error is relative to the terms, which are of order 1.
    np.testing.assert_allclose(value, expected, rtol=2e-4, atol=3e-6)


@pytest.mark.parametrize("text", FORMULAS)
def test_gradients_are_finite_at_every_extreme(text):
    drift = lower(parse(text))
    ratio, advantage = (grid.ravel() for grid in np.meshgrid(EXTREMES, np.float32([-30, -1, -1e-20, 0, 1e-20, 1, 30])))
    slopes = jax.vmap(jax.grad(lambda r, a: drift.apply((), r, a), argnums=(0, 1)))(
        jnp.asarray(ratio), jnp.asarray(advantage)
    )
    for slope in slopes:
        bad = ~np.isfinite(np.asarray(slope))
        assert not np.isnan(np.asarray(slope)).any(), (ratio[bad], advantage[bad])
    usual = (ratio >= 1e-8) & (ratio <= 1e4)
    assert np.isfinite(np.asarray(slopes)[:, usual]).all()


def test_ppo_is_the_clipped_surrogate():
    rng = np.random.default_rng(2)
    ratio = jnp.asarray(np.exp(rng.normal(0, 0.5, 5000)), jnp.float32)
    advantage = jnp.asarray(rng.normal(0, 2, 5000), jnp.float32)
    surrogate = jnp.minimum(ratio * advantage, jnp.clip(ratio, 0.8, 1.2) * advantage)
    np.testing.assert_allclose(
        ratio * advantage - lower(ZOO["ppo"].expr).apply((), ratio, advantage), surrogate, rtol=1e-5, atol=1e-5
    )


def test_dpo_slopes_are_the_published_ones():
    """df/dr = A tanh^2(A (r-1)/alpha) for A >= 0 and (A/r) tanh^2(A log r/beta) for A < 0 where the ReLU is open."""
    slope = jax.vmap(jax.grad(lambda r, a: lower(ZOO["dpo"].expr).apply((), r, a)))
    up, down = jnp.linspace(1.05, 3, 50), jnp.linspace(0.3, 0.95, 50)
    a = jnp.full(50, 1.7)
    np.testing.assert_allclose(slope(up, a), a * jnp.tanh(a * (up - 1) / 2) ** 2, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(slope(down, a), 0, atol=1e-6)
    np.testing.assert_allclose(slope(down, -a), -a / down * jnp.tanh(-a * jnp.log(down) / 0.6) ** 2, rtol=1e-3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions(6))
def test_random_formulas_agree_with_numpy(expr):
    try:
        expr = canonical(expr)
    except ValueError:
        assume(False)
    rng = np.random.default_rng(3)
    ratio, advantage = np.exp(rng.uniform(-1, 1, 64)).astype(np.float32), rng.normal(0, 1, 64).astype(np.float32)
    expected = evaluate(expr, {"r": ratio, "A": advantage})
    value = np.asarray(lower(expr).apply((), jnp.asarray(ratio), jnp.asarray(advantage)))
    usual = np.isfinite(expected) & (abs(expected) < 1e3) & (abs(expected) > 1e-3)
    close = np.isclose(value, expected, rtol=1e-2, atol=1e-2)
    assert np.mean(close[usual]) > 0.9 or usual.sum() < 5


def test_plain_numbers_are_taken_as_scalars():
    """f = 2.5 |A| (r - 1)^2: the objective's slope is A - 5 |A| (r - 1)."""
    drift = lower(ZOO["spo"].expr)
    slope = jax.grad(lambda r, a: r * a - drift.apply((), r, a))(1.1, 2.0)
    assert slope == pytest.approx(2.0 - 5 * 2.0 * 0.1, rel=1e-4)


def test_a_drift_of_other_symbols_is_refused():
    with pytest.raises(ValueError, match="depends on time"):
        lower(parse("time*(r - 1)**2", allowed=("r", "time")))


def temporal(text):
    return parse(text, allowed=("r", "A", "progress"))


@pytest.mark.parametrize("text", TEMPORAL)
@pytest.mark.parametrize("progress", [0.0, 0.25, 1.0])
def test_values_with_progress_agree_with_float64(text, progress):
    ratio, advantage = np.meshgrid(np.exp(np.linspace(-1.5, 1.5, 41)), np.linspace(-3, 3, 25))
    ratio, advantage = (grid.ravel().astype(np.float32) for grid in (ratio, advantage))
    expr, drift = temporal(text), lower(temporal(text))
    assert drift.sees_progress
    expected = evaluate(expr, {"r": ratio, "A": advantage, "progress": progress})
    one = drift.apply((), jnp.asarray(ratio), jnp.asarray(advantage), progress=progress)
    each = drift.apply((), jnp.asarray(ratio), jnp.asarray(advantage), progress=jnp.full(ratio.shape, progress))
    assert one.shape == ratio.shape
    for value in (one, each):
        np.testing.assert_allclose(value, expected, rtol=2e-4, atol=3e-6)
    slopes = jax.vmap(jax.grad(lambda r, a: drift.apply((), r, a, progress=progress), argnums=(0, 1)))(
        jnp.asarray(ratio), jnp.asarray(advantage)
    )
    assert np.isfinite(np.asarray(slopes)).all()


@pytest.mark.parametrize("text", TEMPORAL)
@pytest.mark.parametrize("moment", [Fraction(1, 8), Fraction(1, 3), Fraction(1)])
def test_at_a_fixed_moment_it_is_the_formula_with_that_number(text, moment):
    """The temporal drift at n/N = c is the drift of the formula in which c stands for progress."""
    rng = np.random.default_rng(4)
    ratio = jnp.asarray(np.exp(rng.normal(0, 0.5, 500)), jnp.float32)
    advantage = jnp.asarray(rng.normal(0, 1.5, 500), jnp.float32)
    frozen = lower(canonical(substitute(temporal(text), {"progress": Number(moment)})))
    assert not frozen.sees_progress
    found = lower(temporal(text)).apply((), ratio, advantage, progress=float(moment))
    np.testing.assert_allclose(found, frozen.apply((), ratio, advantage), rtol=1e-4, atol=2e-6)
    np.testing.assert_array_equal(frozen.evaluate((), ratio, advantage, 0.9), frozen.apply((), ratio, advantage))


def test_progress_is_asked_for_and_may_not_broaden():
    drift, ones = lower(temporal("progress*(r - 1)**2")), jnp.ones(4)
    with pytest.raises(ValueError, match="pass progress"):
        drift.apply((), ones, ones)
    with pytest.raises(ValueError, match="progress must be a number or broadcast"):
        drift.apply((), ones, ones, progress=jnp.ones((4, 1)))
