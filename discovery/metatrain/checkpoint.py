"""Meta-training states as named arrays, fit for an npz file, and back, bit by bit."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
import optax

from discovery.metatrain.loop import MetaState
from discovery.metatrain.strategy import StrategyState

NAMES = (
    "mean",
    "generation",
    "adam_count",
    "adam_mu",
    "adam_nu",
    "key",
    "best_mean",
    "best_score",
    "best_generation",
)


def state_to_arrays(state: MetaState) -> dict[str, np.ndarray]:
    """Every field as a numpy array; the random key as its uint32 words."""
    adam = state.strategy.adam
    return {
        "mean": np.asarray(state.strategy.mean),
        "generation": np.asarray(state.strategy.generation),
        "adam_count": np.asarray(adam.count),
        "adam_mu": np.asarray(adam.mu),
        "adam_nu": np.asarray(adam.nu),
        "key": np.asarray(jax.random.key_data(state.key)),
        "best_mean": np.asarray(state.best_mean),
        "best_score": np.asarray(state.best_score),
        "best_generation": np.asarray(state.best_generation),
    }


def state_from_arrays(arrays: Mapping[str, np.ndarray]) -> MetaState:
    """The inverse of `state_to_arrays`; other arrays in the mapping are ignored.

    Raises:
        ValueError: an array is missing, or the parameters and their moments differ in shape.
    """
    missing = [name for name in NAMES if name not in arrays]
    if missing:
        raise ValueError(f"not a meta-training checkpoint: {', '.join(missing)} missing")
    get = {name: jnp.asarray(arrays[name]) for name in NAMES}
    shapes = {get[name].shape for name in ("mean", "adam_mu", "adam_nu", "best_mean")}
    if len(shapes) != 1:
        raise ValueError(f"damaged checkpoint: parameters and moments have the shapes {sorted(shapes)}")
    return MetaState(
        strategy=StrategyState(
            mean=get["mean"],
            adam=optax.ScaleByAdamState(count=get["adam_count"], mu=get["adam_mu"], nu=get["adam_nu"]),
            generation=get["generation"],
        ),
        key=jax.random.wrap_key_data(get["key"]),
        best_mean=get["best_mean"],
        best_score=get["best_score"],
        best_generation=get["best_generation"],
    )
