"""Meta-training states as named arrays, fit for an npz file, and back, bit by bit."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from discovery.metatrain.loop import MetaState

BEST_MEAN = "best_mean"
"""The array of a checkpoint that holds the best judged drift parameters."""


def state_to_arrays(state: MetaState) -> dict[str, np.ndarray]:
    """Every leaf as a numpy array under its path: `search.mean`, `search.opt_state.0.mu`, `best_score`, ..."""
    return {_name(path): np.asarray(leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(state)}


def state_from_arrays(arrays: Mapping[str, np.ndarray], like: MetaState) -> MetaState:
    """The inverse of `state_to_arrays`; other arrays in the mapping are ignored.

    Args:
        arrays: by name.
        like: a state of the same settings, `init_state(config, environments)`.

    Raises:
        ValueError: an array is missing, or its shape or type is not that of `like`.
    """
    paths, tree = jax.tree_util.tree_flatten_with_path(like)
    leaves = []
    for path, leaf in paths:
        name = _name(path)
        if name not in arrays:
            raise ValueError(f"not a checkpoint of these settings: it has no {name}")
        found = np.asarray(arrays[name])
        if (found.shape, found.dtype) != (leaf.shape, leaf.dtype):
            raise ValueError(
                f"not a checkpoint of these settings: {name} is {found.dtype}{list(found.shape)}, "
                f"the settings need {leaf.dtype}{list(leaf.shape)}"
            )
        leaves.append(jnp.asarray(found))
    return jax.tree.unflatten(tree, leaves)


def _name(path: tuple) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")
