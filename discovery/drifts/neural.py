"""Drifts computed by a small network: LPO-Zero, LPO and the residual projection."""

import jax
import jax.numpy as jnp

from discovery.drifts.drift import Drift, Params
from discovery.drifts.features import NUM_FEATURES, lpo_features

VARIANTS = ("lpo-zero", "lpo", "residual")


def neural_drift(variant: str, *, width: int = 128, xi: float = 1e-4, clip_eps: float = 0.2) -> Drift:
    """A learnable drift f(r, A) on the features x(r, A) of `lpo_features`.

    With the bias-free network g(r, A) = tanh(x W1) w2, which is zero at r = 1:

        lpo-zero   f = ReLU(g - xi)
        lpo        f = ReLU(ReLU((r - clip(r, 1 - eps, 1 + eps)) A) + g - xi)
        residual   f = ReLU(g(r, A) - g(1, A) - (r - 1) g_r(1, A))

    `residual` is zero and flat at r = 1 for every weight, with no margin xi: each point of its parameter
    space is a valid drift with a smooth contact at r = 1. `lpo` starts at W = 0, where it is PPO's clip (up
    to xi); the other two start at random weights, since at W = 0 they are no drift at all.

    Args:
        variant: "lpo-zero", "lpo" or "residual".
        width: hidden units.
        xi: the published margin, >= 0; unused by "residual".
        clip_eps: PPO's clipping range, > 0; used by "lpo" only.

    Returns:
        A `Drift` whose params are `{"w1": [8, width], "w2": [width]}`, float32.

    Raises:
        ValueError: an unknown variant or a setting out of range; on apply, shapes that differ.

    Source: Lu et al. 2022, arXiv 2210.05639, eq. 6-7 and the authors' public code. The residual form is ours.
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}; got {variant!r}")
    if width < 1:
        raise ValueError(f"width must be at least 1; got {width}")
    if xi < 0:
        raise ValueError(f"xi must be at least 0; got {xi}")
    if clip_eps <= 0:
        raise ValueError(f"clip_eps must be above 0; got {clip_eps}")

    def init(key: jax.Array) -> Params:
        if variant == "lpo":
            return {"w1": jnp.zeros((NUM_FEATURES, width)), "w2": jnp.zeros((width,))}
        key_1, key_2 = jax.random.split(key)
        return {
            "w1": jax.random.normal(key_1, (NUM_FEATURES, width)) / jnp.sqrt(NUM_FEATURES),
            "w2": jax.random.normal(key_2, (width,)) / jnp.sqrt(width),
        }

    def apply(params: Params, ratio: jax.Array, advantage: jax.Array) -> jax.Array:
        g = network(params, ratio, advantage)
        if variant == "residual":
            return jax.nn.relu(g - (ratio - 1.0) * slope_at_one(params, advantage))
        if variant == "lpo":
            clipped = jnp.clip(ratio, 1.0 - clip_eps, 1.0 + clip_eps)
            g = g + jax.nn.relu((ratio - clipped) * advantage)
        return jax.nn.relu(g - xi)

    return Drift(init, apply)


def network(params: Params, ratio: jax.Array, advantage: jax.Array) -> jax.Array:
    """g(r, A) = tanh(x(r, A) W1) w2, the shape of `ratio`; zero at r = 1."""
    return jnp.tanh(lpo_features(ratio, advantage) @ params["w1"]) @ params["w2"]


def slope_at_one(params: Params, advantage: jax.Array) -> jax.Array:
    """g_r(1, A), in closed form.

    At r = 1 the features vanish and dx/dr = [1, 0, -1, 0, A, 0, -A, 0], while tanh'(0) = 1. With u = W1 w2:

        g_r(1, A) = u_0 - u_2 + A (u_4 - u_6)
    """
    u = params["w1"] @ params["w2"]
    return (u[0] - u[2]) + advantage * (u[4] - u[6])
