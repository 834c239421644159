"""The neural drift that the settings ask for, and its parameters as one flat vector."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from numpy.typing import NDArray

from discovery.drifts.drift import Drift, Params
from discovery.drifts.neural import neural_drift
from discovery.metatrain.config import MetaTrainConfig
from discovery.rl.seeds import Stream, stream_key


def drift_of(config: MetaTrainConfig) -> Drift:
    """The neural drift that `config` asks for."""
    return neural_drift(**drift_form(config))


def drift_form(config: MetaTrainConfig) -> dict[str, Any]:
    """The arguments of `neural_drift` that `config` asks for."""
    return {name: getattr(config, name) for name in ("variant", "width", "xi", "clip_eps", "activation")}


def first_mean(config: MetaTrainConfig) -> jax.Array:
    """The parameters that evolution starts from, `[n]`."""
    return ravel_pytree(drift_of(config).init(stream_key(config.seed, Stream.INIT)))[0]


def drift_params(config: MetaTrainConfig, flat: jax.Array | NDArray) -> Params:
    """A flat mean `[n]` as the parameters of `drift_of(config)`.

    Raises:
        ValueError: the mean is of another variant or width.
    """
    params, unravel = ravel_pytree(drift_of(config).init(jax.random.key(0)))
    if np.size(flat) != params.size:
        raise ValueError(
            f"the checkpoint has {np.size(flat)} drift parameters but variant {config.variant} of width {config.width} "
            f"has {params.size}; use the settings it was trained with"
        )
    return unravel(jnp.asarray(flat))
