"""Drifts computed by a small network: LPO-Zero, LPO, the residual projection, and those that see training progress."""

import jax
import jax.numpy as jnp

from discovery.drifts.drift import Drift, Params, progress_beside
from discovery.drifts.features import NUM_FEATURES, lpo_features
from discovery.drifts.variants import SLOPE_AT_ZERO, TEMPORAL, VARIANTS, activations_for, is_temporal

_ACTIVATIONS = {"tanh": jnp.tanh, "relu": jax.nn.relu, "swish": jax.nn.swish, "gelu": jax.nn.gelu}


def neural_drift(
    variant: str, *, width: int = 128, xi: float = 1e-4, clip_eps: float = 0.2, activation: str = "tanh"
) -> Drift:
    """A learnable drift f(r, A) on the features x(r, A) of `lpo_features`.

    With the bias-free network g(r, A) = act(x W1) w2, which is zero at r = 1 because act(0) = 0:

        lpo-zero   f = ReLU(g - xi)
        lpo        f = ReLU(ReLU((r - clip(r, 1 - eps, 1 + eps)) A) + g - xi)
        residual   f = ReLU(g(r, A) - g(1, A) - (r - 1) g_r(1, A))

    `residual` is zero and flat at r = 1 for every weight, with no margin xi: each point of its parameter
    space is a valid drift with a smooth contact at r = 1. `lpo` starts at W = 0, where it is PPO's clip (up
    to xi); the other two start at random weights, since at W = 0 they are no drift at all.

    The temporal variants take [x, (n/N) x] for x, with n/N in [0, 1] the share of training that is done, so that g
    is zero at r = 1 at every moment; with the lower half of W1 at zero they are their namesakes.

        ta-lpo       the form and the start of `lpo` (W = 0, PPO's clip)
        ta-residual  the residual projection in r at each moment: valid for every weight and every n/N

    Args:
        variant: one of `discovery.drifts.variants.VARIANTS`.
        width: hidden units.
        xi: the published margin, >= 0; unused by the residual variants.
        clip_eps: PPO's clipping range, > 0; used by "lpo" and "ta-lpo" only.
        activation: act, one of `discovery.drifts.variants.activations_for(variant)`; published is "tanh".

    Returns:
        A `Drift` whose params are `{"w1": [8, width], "w2": [width]}`, float32; w1 is [16, width] for a temporal one.

    Raises:
        ValueError: an unknown variant or a setting out of range; on apply, shapes that differ.

    Source: Lu et al. 2022, arXiv 2210.05639, eq. 6-7 and the authors' public code; Jackson et al. 2024,
    arXiv 2402.05828 (TA-LPO; no public code, so the base that it starts from is our reading). The residual form is
    ours.
    """
    _check(variant, width, xi, clip_eps, activation)
    base, sees_progress = variant.removeprefix(TEMPORAL), is_temporal(variant)
    inputs = 2 * NUM_FEATURES if sees_progress else NUM_FEATURES

    def init(key: jax.Array) -> Params:
        if base == "lpo":
            return {"w1": jnp.zeros((inputs, width)), "w2": jnp.zeros((width,))}
        key_1, key_2 = jax.random.split(key)
        return {
            "w1": jax.random.normal(key_1, (inputs, width)) / jnp.sqrt(inputs),
            "w2": jax.random.normal(key_2, (width,)) / jnp.sqrt(width),
        }

    def apply(
        params: Params, ratio: jax.Array, advantage: jax.Array, *, progress: jax.typing.ArrayLike | None = None
    ) -> jax.Array:
        if sees_progress and progress is None:
            raise ValueError(f"the drift {variant} sees training progress; pass progress=n/N, in [0, 1]")
        seen = progress if sees_progress else None
        g = network(params, ratio, advantage, seen, activation=activation)
        if base == "residual":
            return jax.nn.relu(g - (ratio - 1.0) * slope_at_one(params, advantage, seen, activation=activation))
        if base == "lpo":
            clipped = jnp.clip(ratio, 1.0 - clip_eps, 1.0 + clip_eps)
            g = g + jax.nn.relu((ratio - clipped) * advantage)
        return jax.nn.relu(g - xi)

    return Drift(init, apply, sees_progress)


def network(
    params: Params,
    ratio: jax.Array,
    advantage: jax.Array,
    progress: jax.typing.ArrayLike | None = None,
    *,
    activation: str = "tanh",
) -> jax.Array:
    """g(r, A) = act(x(r, A) W1) w2, the shape of `ratio`; zero at r = 1.

    With progress p = n/N, W1 has twice the rows, W1 = [U; V], and [x, p x] W1 = x (U + p V).

    Raises:
        ValueError: the shapes of ratio and advantage differ, or that of progress does not broadcast to them.
    """
    x = lpo_features(ratio, advantage)
    hidden = x @ params["w1"] if progress is None else _temporal(x, params["w1"], progress_beside(ratio, progress))
    return _ACTIVATIONS[activation](hidden) @ params["w2"]


def _temporal(x: jax.Array, w1: jax.Array, progress: jax.Array) -> jax.Array:
    now, change = w1[:NUM_FEATURES], w1[NUM_FEATURES:]
    if progress.ndim == 0:  # as in training: one product, as cheap as without progress
        return x @ (now + progress * change)
    return x @ now + progress[..., None] * (x @ change)


def slope_at_one(
    params: Params,
    advantage: jax.Array,
    progress: jax.typing.ArrayLike | None = None,
    *,
    activation: str = "tanh",
) -> jax.Array:
    """g_r(1, A), in closed form.

    At r = 1 the features vanish and dx/dr = [1, 0, -1, 0, A, 0, -A, 0]. With u = act'(0) W1 w2:

        g_r(1, A) = u_0 - u_2 + A (u_4 - u_6)

    With progress p = n/N, W1 = [U; V] and u = act'(0) (U + p V) w2.
    """
    u = SLOPE_AT_ZERO[activation] * (params["w1"] @ params["w2"])
    if progress is not None:
        u = u[:NUM_FEATURES] + jnp.asarray(progress)[..., None] * u[NUM_FEATURES:]
    return (u[..., 0] - u[..., 2]) + advantage * (u[..., 4] - u[..., 6])


def _check(variant: str, width: int, xi: float, clip_eps: float, activation: str) -> None:
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}; got {variant!r}")
    if width < 1:
        raise ValueError(f"width must be at least 1; got {width}")
    if xi < 0:
        raise ValueError(f"xi must be at least 0; got {xi}")
    if clip_eps <= 0:
        raise ValueError(f"clip_eps must be above 0; got {clip_eps}")
    if activation not in activations_for(variant):
        raise ValueError(
            f"activation must be one of {', '.join(activations_for(variant))} for {variant}; got {activation!r}"
        )
