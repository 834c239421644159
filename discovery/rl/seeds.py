"""The streams of randomness, kept apart so that what is selected on is never what is reported."""

from enum import IntEnum

import jax


class Stream(IntEnum):
    """What a key is for. `stream_key` folds the number into the seed's key, so streams never share one."""

    INIT = 0
    """The drift's first parameters."""
    META = 1
    """Meta-training: perturbations and the agents' seeds."""
    HELD_OUT = 2
    """Judging the mean parameters while meta-training; the best are chosen on these."""
    BENCHMARK = 3
    """Final scores; nothing is ever chosen on these."""
    SELECTION = 5
    """Choosing among proved formulas."""
    SAMPLES = 4
    """Runs that collect on-policy (r, A) pairs."""


def stream_key(seed: int, stream: Stream) -> jax.Array:
    """The root key of one stream, fold_in(key(seed), stream)."""
    return jax.random.fold_in(jax.random.key(seed), int(stream))


def stream_keys(seed: int, stream: Stream, count: int, *, first: int = 0) -> jax.Array:
    """`[count]` keys of one stream, those of the indices from `first` on; a key depends on its index alone."""
    root = stream_key(seed, stream)
    return jax.vmap(lambda index: jax.random.fold_in(root, index))(first + jax.numpy.arange(count))
