"""The objective's slope, the picture by which LPO and DPO were understood."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from discovery.drifts.drift import Drift, Params


def objective_slope(
    drift: Drift, params: Params, ratio: NDArray, advantage: NDArray, *, progress: float = 0.0
) -> NDArray[np.float32]:
    """d(r A - f)/dr on the grid advantage x ratio, [len(advantage), len(ratio)], at one value of progress."""

    def objective(r: jax.Array, a: jax.Array) -> jax.Array:
        return r * a - drift.evaluate(params, r, a, progress)

    slope = jax.vmap(jax.vmap(jax.grad(objective), (0, None)), (None, 0))
    return np.asarray(jax.jit(slope)(jnp.asarray(ratio, jnp.float32), jnp.asarray(advantage, jnp.float32)))
