"""The one signature that every drift has, hand-written, neural or symbolic."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

Params = Any


class Drift(NamedTuple):
    """A pair of pure functions, in the manner of an optax transformation.

    The policy surrogate that training maximises is E[r * A - f(r, A)] (Mirror Learning, arXiv 2201.02373), with
    r = pi_new(a|s) / pi_old(a|s) > 0 the probability ratio and A the advantage. A drift may change as training
    proceeds: then it is f(r, A, n/N), with n/N in [0, 1] the share of training that is done.

    Attributes:
        init: `init(key) -> params`, a pytree of float32 arrays (an empty tuple for a drift without parameters).
        apply: `apply(params, ratio, advantage) -> drift`, elementwise over arrays of any one shape. One that sees
            progress takes it as the keyword `progress`, a number or an array that broadcasts to the shape of ratio.
        sees_progress: whether it does. Callers that do not know use `evaluate`.
    """

    init: Callable[[jax.Array], Params]
    apply: Callable[..., jax.Array]
    sees_progress: bool = False

    def evaluate(
        self, params: Params, ratio: jax.Array, advantage: jax.Array, progress: jax.typing.ArrayLike
    ) -> jax.Array:
        """f(r, A) or f(r, A, n/N), whichever this drift is; `progress` is left out where it is not seen."""
        if self.sees_progress:
            return self.apply(params, ratio, advantage, progress=progress)
        return self.apply(params, ratio, advantage)


def progress_beside(ratio: jax.Array, progress: jax.typing.ArrayLike) -> jax.Array:
    """`progress` as an array of ratio's type that does not broaden ratio.

    Raises:
        ValueError: its shape does not broadcast to that of ratio, as (B, 1) does not to (B,).
    """
    ratio = jnp.asarray(ratio)
    progress = jnp.asarray(progress, ratio.dtype)
    try:
        fits = jnp.broadcast_shapes(progress.shape, ratio.shape) == ratio.shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"progress must be a number or broadcast to the shape of ratio, {ratio.shape}; got the shape "
            f"{progress.shape}"
        )
    return progress
