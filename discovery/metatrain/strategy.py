"""The evolution strategies: evosax's, behind one interface that maximises and that never recompiles."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from evosax.algorithms import CMA_ES, PGPE, SNES, Open_ES, Sep_CMA_ES
from evosax.core.fitness_shaping import centered_rank_fitness_shaping_fn

from discovery.metatrain.config import MetaTrainConfig

SearchState = Any
"""A pytree of arrays with at least `mean [n]`, `std` (`[]` or `[n]`) and `generation_counter []`."""


class Strategy(NamedTuple):
    """A search distribution over flat drift parameters as three pure functions.

    Attributes:
        init: `init(mean [n]) -> state`.
        ask: `ask(state, key) -> (population [population, n], state)`.
        tell: `tell(state, population, fitness [population], key) -> state`; higher fitness is better, and NaN is the
            worst.
    """

    init: Callable[[jax.Array], SearchState]
    ask: Callable[[SearchState, jax.Array], tuple[jax.Array, SearchState]]
    tell: Callable[[SearchState, jax.Array, jax.Array, jax.Array], SearchState]


def make_strategy(config: MetaTrainConfig, size: int) -> Strategy:
    """The strategy `config.es` for `size` parameters, from evosax.

    "open" is OpenES (Salimans et al. 2017, arXiv 1703.03864), "pgpe" Sehnke et al. 2010, "snes" Wierstra et al. 2014,
    "cma" and "sep-cma" Hansen and Ostermeier 2001 with a full and a diagonal covariance. After each of them the mean is
    shrunk by the factor 1 - weight_decay.

    Args:
        config: the settings.
        size: n.
    """
    algorithm = _algorithm(config, jnp.zeros(size))
    params = algorithm.default_params
    if hasattr(params, "std_init"):
        params = params.replace(std_init=jnp.full_like(jnp.asarray(params.std_init), config.sigma))

    def init(mean: jax.Array) -> SearchState:
        state = algorithm.init(jax.random.key(0), mean, params)  # none of the five draws anything here
        if config.es == "open":
            state = state.replace(std=sigma(config, jnp.zeros(())))
        return _strong(state)

    def ask(state: SearchState, key: jax.Array) -> tuple[jax.Array, SearchState]:
        population, state = algorithm.ask(key, state, params)
        return population, _strong(state)

    def tell(state: SearchState, population: jax.Array, fitness: jax.Array, key: jax.Array) -> SearchState:
        state, _ = algorithm.tell(key, population, -fitness, state, params)
        return _strong(state.replace(mean=(1.0 - config.weight_decay) * state.mean))

    return Strategy(init, ask, tell)


def _algorithm(config: MetaTrainConfig, solution: jax.Array) -> Any:
    """evosax's object; its schedules count from 0, and OpenES asks for the next sigma one generation late."""
    members = config.population
    if config.es == "snes":
        return SNES(members, solution)
    if config.es == "cma":
        return CMA_ES(members, solution)
    if config.es == "sep-cma":
        return Sep_CMA_ES(members, solution)
    optimizer = optax.adam(lambda count: learning_rate(config, count), b1=config.adam_b1)
    shaping = SHAPINGS[config.shaping]
    if config.es == "pgpe":
        return PGPE(members, solution, optimizer, shaping)
    return Open_ES(
        members,
        solution,
        optimizer=optimizer,
        std_schedule=lambda count: sigma(config, count + 1),
        fitness_shaping_fn=shaping,
    )


def sigma(config: MetaTrainConfig, generation: jax.typing.ArrayLike) -> jax.Array:
    """sigma_g = max(sigma decay^g, floor), of "open"; a sigma below the floor from the start stays as it is."""
    return _decayed(config.sigma, config.sigma_decay, config.sigma_floor, generation)


def learning_rate(config: MetaTrainConfig, generation: jax.typing.ArrayLike) -> jax.Array:
    """alpha_g = max(alpha decay^g, floor), Adam's step size in "open" and "pgpe"."""
    return _decayed(config.learning_rate, config.learning_rate_decay, config.learning_rate_floor, generation)


def _decayed(start: float, decay: float, floor: float, generation: jax.typing.ArrayLike) -> jax.Array:
    return jnp.maximum(start * decay ** jnp.asarray(generation, jnp.float32), min(start, floor))


def _zscore(population: jax.Array, fitness: jax.Array, state: Any, params: Any) -> jax.Array:
    """(F - mean)/std over the population; NaN takes the worst value that is left, the largest: evosax minimises."""
    del population, state, params
    filled = jnp.where(jnp.isnan(fitness), jnp.nanmax(fitness), fitness)
    return (filled - jnp.mean(filled)) / (jnp.std(filled) + 1e-8)


SHAPINGS: dict[str, Callable] = {"rank": centered_rank_fitness_shaping_fn, "zscore": _zscore}


def _strong(state: SearchState) -> SearchState:
    """The same values with fixed types: a weakly typed counter would make the second generation compile again."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.asarray(leaf).dtype), state)
