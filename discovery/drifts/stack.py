"""Several drifts as one, chosen by an index in its parameters, so that a benchmark of many compiles once."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from discovery.drifts.drift import Drift, Params


def stack_drifts(drifts: Sequence[Drift]) -> Drift:
    """The drift that is `drifts[index]`, with parameters `{"index": i, "params": (params of each drift)}`.

    Under vmap over the index every member computes all drifts and selects one. They are elementwise and cheap beside
    the policy's gradient, and one compilation serves all. It sees progress if any member does.
    """

    def init(key: jax.Array) -> Params:
        keys = jax.random.split(key, len(drifts))
        params = tuple(drift.init(k) for drift, k in zip(drifts, keys, strict=True))
        return {"index": jnp.zeros((), jnp.int32), "params": params}

    def apply(
        params: Params, ratio: jax.Array, advantage: jax.Array, *, progress: jax.typing.ArrayLike = 0.0
    ) -> jax.Array:
        branches = [
            lambda r, a, drift=drift, p=p: drift.evaluate(p, r, a, progress)
            for drift, p in zip(drifts, params["params"], strict=True)
        ]
        return jax.lax.switch(params["index"], branches, ratio, advantage)

    return Drift(init, apply, sees_progress=any(drift.sees_progress for drift in drifts))
