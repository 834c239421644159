"""The eight inputs of the learned drifts (LPO)."""

import jax
import jax.numpy as jnp

NUM_FEATURES = 8


def lpo_features(ratio: jax.Array, advantage: jax.Array) -> jax.Array:
    """Features of (r, A) that all vanish at r = 1, so that a bias-free network does too.

    With d = log r and e = 1 - r:

        x(r, A) = [d, d^2, e, e^2, A d, A d^2, A e, A e^2]

    Args:
        ratio: r > 0, any shape.
        advantage: A, the same shape (the minibatch-normalised advantage in training).

    Returns:
        Features of shape `[..., 8]`, in the published order.

    Raises:
        ValueError: if the shapes differ; a pointwise drift must never broadcast.

    Source: Lu et al. 2022, arXiv 2210.05639, section 4 (d and e as in the authors' public code).
    """
    ratio, advantage = jnp.asarray(ratio), jnp.asarray(advantage)
    if ratio.shape != advantage.shape:
        raise ValueError(
            f"ratio and advantage must have one shape, got {ratio.shape} and {advantage.shape}; "
            "squeeze the trailing axis before calling a drift"
        )
    d = jnp.log(ratio)
    e = 1.0 - ratio
    basis = (d, d * d, e, e * e)
    return jnp.stack([*basis, *(advantage * x for x in basis)], axis=-1)
