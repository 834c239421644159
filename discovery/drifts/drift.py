"""The one signature that every drift has, hand-written, neural or symbolic."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

Params = Any


class Drift(NamedTuple):
    """A pair of pure functions, in the manner of an optax transformation.

    The policy surrogate that training maximises is E[r * A - f(r, A)] (Mirror Learning, arXiv 2201.02373), with
    r = pi_new(a|s) / pi_old(a|s) > 0 the probability ratio and A the advantage.

    Attributes:
        init: `init(key) -> params`, a pytree of float32 arrays (an empty tuple for a drift without parameters).
        apply: `apply(params, ratio, advantage) -> drift`, elementwise over arrays of any one shape.
    """

    init: Callable[[jax.Array], Params]
    apply: Callable[[Params, jax.Array, jax.Array], jax.Array]
