"""How good a learning curve is."""

import jax
import jax.numpy as jnp


def fitness(returns: jax.Array, kind: str) -> jax.Array:
    """One number for a learning curve `[..., num_updates]`.

    "auc" is its mean, the area under the curve per update, in units of return; "final" is the mean over its
    last tenth (at least one update). NaN, a run that diverged, stays NaN.

    Raises:
        ValueError: another `kind`.
    """
    if kind == "auc":
        return jnp.mean(returns, axis=-1)
    if kind == "final":
        return jnp.mean(returns[..., -max(1, returns.shape[-1] // 10) :], axis=-1)
    raise ValueError(f"fitness must be one of auc, final; got {kind!r}")
