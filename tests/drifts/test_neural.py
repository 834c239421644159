"""Neural drifts: identities at r = 1, agreement with independent formulas, and pointwise shapes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.drifts.features import lpo_features
from discovery.drifts.neural import network, neural_drift, slope_at_one
from discovery.drifts.variants import SLOPE_AT_ZERO, VARIANTS, activations_for

TEMPORAL = [variant for variant in VARIANTS if neural_drift(variant).sees_progress]
MOMENTS = [0.0, 0.3, 1.0]


def random_params(seed: int, scale: float = 3.0, *, variant: str = "lpo-zero"):
    """Weights large enough that tanh saturates, so that mistakes in its argument show."""
    source = "ta-residual" if variant in TEMPORAL else "lpo-zero"  # "lpo" starts at zero
    return jax.tree.map(lambda x: scale * x, neural_drift(source).init(jax.random.key(seed)))


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
    drift, params = neural_drift(variant), random_params(0, variant=variant)
    ratio, advantage = sample_pairs(1, shape)
    progress = jnp.asarray(np.random.default_rng(2).random(shape), jnp.float32)
    together = drift.evaluate(params, ratio, advantage, progress)
    assert together.shape == shape
    assert together.dtype == jnp.float32
    places = zip(ratio.ravel(), advantage.ravel(), progress.ravel(), strict=True)
    flat = [drift.evaluate(params, *place) for place in places]
    np.testing.assert_allclose(together.ravel(), np.array(flat), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("variant", "activation"),
    [(v, a) for v in VARIANTS for a in activations_for(v)],
)
def test_drift_is_zero_and_flat_at_ratio_one_and_never_negative(variant, activation):
    drift, params = neural_drift(variant, activation=activation), random_params(2, variant=variant)
    advantage = jnp.linspace(-4, 4, 101)
    one = jnp.ones_like(advantage)
    ratio, other = sample_pairs(3, (1000,))
    slope_at = jax.vmap(jax.grad(lambda r, A, p: drift.evaluate(params, r, A, p)), (0, 0, None))
    for progress in MOMENTS if drift.sees_progress else MOMENTS[:1]:
        assert np.all(np.asarray(drift.evaluate(params, one, advantage, progress)) == 0)
        assert np.all(np.asarray(slope_at(one, advantage, progress)) == 0)
        value = np.asarray(drift.evaluate(params, ratio, other, progress))
        assert np.all(value >= 0)
        assert np.any(value > 0)


@pytest.mark.parametrize("activation", SLOPE_AT_ZERO)
@pytest.mark.parametrize("progress", [None, *MOMENTS])
def test_slope_at_one_is_the_derivative_of_the_network(activation, progress):
    variant = "residual" if progress is None else "ta-residual"
    params, advantage = random_params(0, variant=variant), jnp.linspace(-4, 4, 33)
    one = jnp.ones_like(advantage)
    _, slope = jax.jvp(lambda r: network(params, r, advantage, progress, activation=activation), (one,), (one,))
    found = slope_at_one(params, advantage, progress, activation=activation)
    np.testing.assert_allclose(found, slope, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("progress", MOMENTS)
def test_residual_drift_shrinks_quadratically_towards_ratio_one(progress):
    """Twice as far is 4 times as much; across a kink, as of LPO-Zero without a margin, it is twice."""
    advantage = jnp.linspace(-3, 3, 101)
    growth = {}
    for variant in ("residual", "ta-residual", "lpo-zero"):
        drift, params = neural_drift(variant, xi=0.0), random_params(4, scale=1.0, variant=variant)
        near = np.asarray(drift.evaluate(params, jnp.full_like(advantage, 1.01), advantage, progress))
        far = np.asarray(drift.evaluate(params, jnp.full_like(advantage, 1.02), advantage, progress))
        active = near > 1e-5
        assert active.any()
        growth[variant] = np.median(far[active] / near[active])
    assert growth == pytest.approx({"residual": 4, "ta-residual": 4, "lpo-zero": 2}, rel=0.2)


@pytest.mark.parametrize("variant", ["lpo", "ta-lpo"])
def test_lpo_starts_as_the_clip_of_ppo(variant):
    xi = 1e-4
    drift = neural_drift(variant, xi=xi)
    params = drift.init(jax.random.key(0))
    ratio, advantage = sample_pairs(5, (1000,))
    clip = np.maximum((ratio - np.clip(ratio, 0.8, 1.2)) * advantage, 0)
    value = drift.evaluate(params, ratio, advantage, 0.7)
    np.testing.assert_allclose(value, np.maximum(clip - xi, 0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("variant", TEMPORAL)
def test_without_the_weights_of_progress_it_is_its_namesake(variant):
    """With the lower half of W1 at zero, at every progress; at progress 0, whatever the lower half is."""
    temporal, plain = neural_drift(variant), neural_drift(variant.removeprefix("ta-"))
    params, (ratio, advantage) = random_params(7, variant=variant), sample_pairs(7, (500,))
    upper = {**params, "w1": params["w1"][:8]}
    halved = {**params, "w1": params["w1"].at[8:].set(0)}
    expected = plain.apply(upper, ratio, advantage)
    for progress in MOMENTS:
        np.testing.assert_array_equal(temporal.apply(halved, ratio, advantage, progress=progress), expected)
    np.testing.assert_array_equal(temporal.apply(params, ratio, advantage, progress=0.0), expected)
    assert not np.allclose(temporal.apply(params, ratio, advantage, progress=1.0), expected, atol=1e-2)


@pytest.mark.parametrize("progress", MOMENTS)
def test_ta_lpo_is_a_network_on_sixteen_inputs(progress):
    """Written out once more, as the paper does: [x, (n/N) x]."""
    params, (ratio, advantage) = random_params(8, variant="ta-lpo"), sample_pairs(8, (100,))
    x = np.asarray(lpo_features(ratio, advantage))
    g = np.tanh(np.concatenate([x, progress * x], -1) @ np.asarray(params["w1"])) @ np.asarray(params["w2"])
    clip = np.maximum((ratio - np.clip(ratio, 0.8, 1.2)) * advantage, 0)
    found = neural_drift("ta-lpo", xi=0.1).apply(params, ratio, advantage, progress=progress)
    np.testing.assert_allclose(found, np.maximum(clip + g - 0.1, 0), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("variant", TEMPORAL)
def test_progress_must_be_there_and_of_a_shape_that_does_not_broaden(variant):
    drift, params = neural_drift(variant), random_params(9, variant=variant)
    ratio, advantage = sample_pairs(9, (4,))
    with pytest.raises(ValueError, match="pass progress"):
        drift.apply(params, ratio, advantage)
    for shape in ((4, 1), (3,), (1, 4)):
        with pytest.raises(ValueError, match="progress must be a number or broadcast"):
            drift.apply(params, ratio, advantage, progress=jnp.full(shape, 0.5))
    with pytest.raises(ValueError, match="one shape"):
        drift.apply(params, ratio[:, None], advantage, progress=0.5)
    one = drift.apply(params, ratio, advantage, progress=jnp.full(1, 0.5))
    np.testing.assert_allclose(one, drift.apply(params, ratio, advantage, progress=0.5), rtol=1e-4, atol=1e-5)


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
        ({"variant": "ppo"}, "lpo-zero, lpo, residual, ta-lpo, ta-residual"),
        ({"variant": "lpo", "activation": "elu"}, "tanh, relu, swish, gelu"),
        ({"variant": "residual", "activation": "relu"}, "tanh, swish, gelu for residual"),
        ({"variant": "ta-residual", "activation": "relu"}, "tanh, swish, gelu for ta-residual"),
        ({"variant": "lpo", "width": 0}, "width"),
        ({"variant": "lpo", "xi": -1.0}, "xi"),
        ({"variant": "lpo", "clip_eps": 0.0}, "clip_eps"),
    ],
)
def test_mistakes_are_told(kwargs, message):
    with pytest.raises(ValueError, match=message):
        neural_drift(**kwargs)
