"""The evolution strategy: OpenES with antithetic pairs, centred ranks and Adam.

Our own rather than evosax's: it is three formulas, the design wants it to maximise, and its whole state has
to be a handful of named arrays that a checkpoint gives back bit by bit. A test holds it against evosax's
Open_ES.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from discovery.metatrain.config import MetaTrainConfig

_ADAM = optax.scale_by_adam()


class StrategyState(NamedTuple):
    """The search distribution N(mean, sigma^2 I) and how it moves.

    Attributes:
        mean: flat drift parameters, `[n]`.
        adam: Adam's moments, `[n]` each, and its step count.
        generation: generations told so far, `[]` int32; sigma and the step size follow from it.
    """

    mean: jax.Array
    adam: optax.ScaleByAdamState
    generation: jax.Array


def init(mean: jax.Array) -> StrategyState:
    """A search distribution around `mean`, `[n]`."""
    adam = _ADAM.init(mean)
    assert isinstance(adam, optax.ScaleByAdamState)
    return StrategyState(mean, adam, jnp.zeros((), jnp.int32))


def sigma(config: MetaTrainConfig, generation: jax.Array) -> jax.Array:
    """sigma_g = max(sigma decay^g, floor); a sigma below the floor from the start stays as it is."""
    floor = min(config.sigma, config.sigma_floor)
    return jnp.maximum(config.sigma * config.sigma_decay ** generation.astype(jnp.float32), floor)


def ask(state: StrategyState, config: MetaTrainConfig, *, key: jax.Array) -> tuple[jax.Array, jax.Array]:
    """A population around the mean: mean + sigma [z; -z], z ~ N(0, I).

    Returns:
        The population `[population, n]` and z `[population / 2, n]`.
    """
    z = jax.random.normal(key, (config.population // 2, state.mean.size))
    step = sigma(config, state.generation) * z
    return jnp.concatenate([state.mean + step, state.mean - step]), z


def tell(state: StrategyState, config: MetaTrainConfig, z: jax.Array, fitness: jax.Array) -> StrategyState:
    """Move the mean up the estimated gradient of the expected fitness.

        grad = 1 / (population sigma) sum_i (u_i+ - u_i-) z_i,   u = centred_rank(fitness)

    Args:
        state: the distribution the population came from.
        config: the settings.
        z: `[population / 2, n]` as `ask` gave it.
        fitness: `[population]`, higher is better; NaN counts as the worst.

    Source: Salimans et al. 2017, arXiv 1703.03864, algorithm 1, with mirrored sampling and rank shaping.
    """
    shaped = centred_rank(fitness)
    half = config.population // 2
    scale = config.population * sigma(config, state.generation)
    gradient = (shaped[:half] - shaped[half:]) @ z / scale
    direction, adam = _ADAM.update(gradient, state.adam)
    assert isinstance(adam, optax.ScaleByAdamState)
    assert isinstance(direction, jax.Array)
    decay = config.learning_rate_decay ** state.generation.astype(jnp.float32)
    mean = state.mean + config.learning_rate * decay * direction
    return StrategyState(mean, adam, state.generation + 1)


def centred_rank(fitness: jax.Array) -> jax.Array:
    """Ranks spread evenly over [-1/2, 1/2], ties sharing their mean rank; NaN is the worst.

    u_i = (#{j: F_j < F_i} + (#{j: F_j = F_i} - 1) / 2) / (N - 1) - 1/2
    """
    fitness = jnp.where(jnp.isnan(fitness), -jnp.inf, fitness)
    below = jnp.sum(fitness[None, :] < fitness[:, None], axis=1)
    equal = jnp.sum(fitness[None, :] == fitness[:, None], axis=1)
    return (below + 0.5 * (equal - 1)) / (fitness.size - 1) - 0.5
