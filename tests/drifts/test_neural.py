"""Neural drifts: identities at r = 1, agreement with independent formulas, and pointwise shapes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.drifts.features import lpo_features
from discovery.drifts.neural import VARIANTS, network, neural_drift, slope_at_one


def random_params(seed: int, scale: float = 3.0):
    """Weights large enough that tanh saturates, so that mistakes in its argument show."""
    params = neural_drift("lpo-zero").init(jax.random.key(seed))
    return jax.tree.map(lambda x: scale * x, params)


def sample_pairs(seed: int, shape: tuple[int, ...]):
    rng = np.random.default_rng(seed)
    ratio = np.exp(rng.normal(scale=0.5, size=shape)).astype(np.float32)
    return jnp.asarray(ratio), jnp.asarray(rng.normal(size=shape).astype(np.float32))


def test_features_have_the_published_order():
    r, A = 1.5, -2.0
    d, e = np.log(r), 1 - r
    expected = [d, d**2, e, e**2, A * d, A * d**2, A * e, A * e**2]
    np.testing.assert_allclose(lpo_features(jnp.float32(r), jnp.float32(A)), expected, rtol=1e-6)


def test_features_vanish_at_ratio_one():
    assert np.all(np.asarray(lpo_features(jnp.ones(5), jnp.linspace(-3, 3, 5))) == 0)


def test_a_trailing_axis_is_refused_and_not_broadcast():
    with pytest.raises(ValueError, match="one shape"):
        lpo_features(jnp.ones((4, 1)), jnp.ones(4))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("shape", [(), (7,), (3, 1), (2, 3, 4)])
def test_drift_is_pointwise(variant, shape):
    drift, params = neural_drift(variant), random_params(0)
    ratio, advantage = sample_pairs(1, shape)
    together = drift.apply(params, ratio, advantage)
    assert together.shape == shape
    assert together.dtype == jnp.float32
    flat = [drift.apply(params, r, A) for r, A in zip(ratio.ravel(), advantage.ravel(), strict=True)]
    np.testing.assert_allclose(together.ravel(), np.array(flat), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
def test_drift_is_zero_and_flat_at_ratio_one_and_never_negative(variant):
    drift, params = neural_drift(variant), random_params(2)
    advantage = jnp.linspace(-4, 4, 101)
    one = jnp.ones_like(advantage)
    assert np.all(np.asarray(drift.apply(params, one, advantage)) == 0)
    slope = jax.vmap(jax.grad(lambda r, A: drift.apply(params, r, A)))(one, advantage)
    assert np.all(np.asarray(slope) == 0)
    value = np.asarray(drift.apply(params, *sample_pairs(3, (1000,))))
    assert np.all(value >= 0)
    assert np.any(value > 0)


@pytest.mark.parametrize("seed", range(5))
def test_slope_at_one_is_the_derivative_of_the_network(seed):
    params, advantage = random_params(seed), jnp.linspace(-4, 4, 33)
    one = jnp.ones_like(advantage)
    _, slope = jax.jvp(lambda r: network(params, r, advantage), (one,), (one,))
    np.testing.assert_allclose(slope_at_one(params, advantage), slope, rtol=1e-4, atol=1e-4)


def test_residual_drift_shrinks_quadratically_towards_ratio_one():
    """Twice as far is 4 times as much; across a kink, as of LPO-Zero without a margin, it is twice."""
    params, advantage = random_params(4, scale=1.0), jnp.linspace(-3, 3, 101)
    growth = {}
    for name, drift in (("residual", neural_drift("residual")), ("kinked", neural_drift("lpo-zero", xi=0.0))):
        near = np.asarray(drift.apply(params, jnp.full_like(advantage, 1.01), advantage))
        far = np.asarray(drift.apply(params, jnp.full_like(advantage, 1.02), advantage))
        active = near > 1e-5
        assert active.any()
        growth[name] = np.median(far[active] / near[active])
    assert growth["residual"] == pytest.approx(4, rel=0.2)
    assert growth["kinked"] == pytest.approx(2, rel=0.2)


def test_lpo_starts_as_the_clip_of_ppo():
    xi = 1e-4
    drift = neural_drift("lpo", xi=xi)
    params = drift.init(jax.random.key(0))
    ratio, advantage = sample_pairs(5, (1000,))
    clip = np.maximum((ratio - np.clip(ratio, 0.8, 1.2)) * advantage, 0)
    np.testing.assert_allclose(drift.apply(params, ratio, advantage), np.maximum(clip - xi, 0), rtol=1e-5, atol=1e-6)


def test_lpo_zero_is_the_network_less_its_margin():
    params, (ratio, advantage) = random_params(6), sample_pairs(6, (100,))
    d, e, A = np.log(ratio), 1 - np.asarray(ratio), np.asarray(advantage)
    x = np.stack([d, d * d, e, e * e, A * d, A * d * d, A * e, A * e * e], -1)
    g = np.tanh(x @ np.asarray(params["w1"])) @ np.asarray(params["w2"])
    drift = neural_drift("lpo-zero", xi=0.3)
    np.testing.assert_allclose(drift.apply(params, ratio, advantage), np.maximum(g - 0.3, 0), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"variant": "ppo"}, "lpo-zero, lpo, residual"),
        ({"variant": "lpo", "width": 0}, "width"),
        ({"variant": "lpo", "xi": -1.0}, "xi"),
        ({"variant": "lpo", "clip_eps": 0.0}, "clip_eps"),
    ],
)
def test_mistakes_are_told(kwargs, message):
    with pytest.raises(ValueError, match=message):
        neural_drift(**kwargs)
