"""Meta-training: evolve the parameters of a drift on the return of the agents it trains."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from discovery.drifts.drift import Drift, Params
from discovery.drifts.neural import neural_drift
from discovery.metatrain import strategy
from discovery.metatrain.config import MetaTrainConfig
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.score import score
from discovery.rl.seeds import Stream, stream_key, stream_keys
from discovery.rl.task import Task


class MetaState(NamedTuple):
    """All that meta-training needs to go on, bit by bit, from a generation boundary.

    Attributes:
        strategy: the search distribution; its `mean` is the last drift.
        key: root key of the run's META stream; generation g uses fold_in(key, g).
        best_mean: the mean that was judged best so far, `[n]`; the first mean before any judgement.
        best_score: its mean score on the held-out seeds; -inf before any judgement.
        best_generation: the generation it came from; -1 before any judgement.
    """

    strategy: strategy.StrategyState
    key: jax.Array
    best_mean: jax.Array
    best_score: jax.Array
    best_generation: jax.Array


@dataclass(frozen=True)
class GenerationReport:
    """What one generation did.

    Attributes:
        generation: its number, from 1; 0 is the judgement of the starting parameters, before any training.
        fitness_mean: mean fitness of the population without the NaNs (NaN if there is nothing else).
        fitness_quantiles: its minimum, quartiles and maximum, likewise.
        nan_count: members whose training diverged; they ranked last.
        held_out_scores: fitness of the mean parameters, one per held-out seed, or None where it was not
            judged.
        seconds: wall time, the judgement and any compilation included.
        env_steps: environment steps taken, the judgement's included.
        state: from here meta-training can resume.
    """

    generation: int
    fitness_mean: float
    fitness_quantiles: tuple[float, float, float, float, float]
    nan_count: int
    held_out_scores: np.ndarray | None
    seconds: float
    env_steps: int
    state: MetaState

    @property
    def held_out_score(self) -> float | None:
        """Mean of the held-out scores, NaN if any run diverged; None where the mean was not judged."""
        return None if self.held_out_scores is None else float(np.mean(self.held_out_scores))


def drift_of(config: MetaTrainConfig) -> Drift:
    """The neural drift that `config` asks for."""
    return neural_drift(
        config.variant, width=config.width, xi=config.xi, clip_eps=config.clip_eps, activation=config.activation
    )


def init_state(config: MetaTrainConfig) -> MetaState:
    """The state before the first generation."""
    mean, _ = ravel_pytree(drift_of(config).init(stream_key(config.seed, Stream.INIT)))
    return MetaState(
        strategy=strategy.init(mean),
        key=stream_key(config.seed, Stream.META),
        best_mean=mean,
        best_score=jnp.float32(-jnp.inf),
        best_generation=jnp.int32(-1),
    )


def drift_params(config: MetaTrainConfig, flat: jax.Array | np.ndarray) -> Params:
    """A flat mean, `state.best_mean` or `state.strategy.mean`, as the parameters of `drift_of(config)`."""
    return _unravel(config)(jnp.asarray(flat))


def meta_train(
    task: Task, ppo_config: PPOConfig, config: MetaTrainConfig, *, state: MetaState | None = None
) -> Iterator[GenerationReport]:
    """Meta-train a drift, one report per generation.

    The mean parameters are judged every `evaluate_every` generations, and after the last, on `evaluate_seeds`
    held-out seeds, always the same ones and none of them ever trained or benchmarked on. The best judged
    mean is kept beside the last one: it is the drift to use, but its held-out score is the best of several
    noisy ones and so flatters it. Report a fresh score on the BENCHMARK stream.

    Stop iterating at any time: the last report's `state` is all that is needed to go on.

    Args:
        task: the environment.
        ppo_config: the inner loop.
        config: the outer loop.
        state: where to go on from; from the beginning if None.

    Yields:
        `GenerationReport`s; generation 0 first if the run is new and judges its mean along the way.

    Raises:
        ValueError: a state that does not fit `config`.
    """
    state = init_state(config) if state is None else state
    expected = init_state(config)
    if state.strategy.mean.shape != expected.strategy.mean.shape:
        raise ValueError(
            f"the checkpoint has {state.strategy.mean.size} drift parameters but the settings ask for "
            f"{expected.strategy.mean.size}; resume with the variant and width it was trained with"
        )
    generation_step, judge = _compiled(task, ppo_config, config)
    return _generations(generation_step, judge, ppo_config, config, state)


@lru_cache(maxsize=8)
def _compiled(
    task: Task, ppo_config: PPOConfig, config: MetaTrainConfig
) -> tuple[Callable[[MetaState], tuple[MetaState, jax.Array]], Callable[[jax.Array], jax.Array]]:
    """The two jitted functions, kept so that going on within one process does not compile again."""
    train = make_train(task, ppo_config, drift_of(config))
    return _make_generation_step(train, config), _make_judge(train, config)


def _generations(
    generation_step: Callable[[MetaState], tuple[MetaState, jax.Array]],
    judge: Callable[[jax.Array], jax.Array],
    ppo_config: PPOConfig,
    config: MetaTrainConfig,
    state: MetaState,
) -> Iterator[GenerationReport]:
    done = int(state.strategy.generation)
    if done == 0 and config.evaluate_every and int(state.best_generation) < 0:
        began = time.perf_counter()
        state, scores = _judged(state, judge)
        yield _report(state, np.zeros(0), scores, began, config.evaluate_seeds * ppo_config.env_steps)
    for generation in range(done + 1, config.generations + 1):
        began = time.perf_counter()
        state, population_fitness = generation_step(state)
        runs = config.population * config.seeds_per_member
        scores = None
        every = config.evaluate_every
        if generation == config.generations or (every and generation % every == 0):
            state, scores = _judged(state, judge)
            runs += config.evaluate_seeds
        yield _report(state, np.asarray(population_fitness), scores, began, runs * ppo_config.env_steps)


def _make_generation_step(
    train: Callable, config: MetaTrainConfig
) -> Callable[[MetaState], tuple[MetaState, jax.Array]]:
    """One generation in one jitted call: ask, train the population on shared seeds, tell."""
    unravel = _unravel(config)

    def member_fitness(keys: jax.Array, flat: jax.Array) -> jax.Array:
        returns = jax.vmap(train, in_axes=(0, None))(keys, unravel(flat)).returns
        return jnp.mean(score(returns, config.fitness))

    @jax.jit
    def generation_step(state: MetaState) -> tuple[MetaState, jax.Array]:
        key = jax.random.fold_in(state.key, state.strategy.generation)
        noise_key, seed_key = jax.random.split(key)
        population, z = strategy.ask(state.strategy, config, key=noise_key)
        keys = jax.random.split(seed_key, config.seeds_per_member)
        scores = jax.vmap(member_fitness, in_axes=(None, 0))(keys, population)
        return state._replace(strategy=strategy.tell(state.strategy, config, z, scores)), scores

    return generation_step


def _make_judge(train: Callable, config: MetaTrainConfig) -> Callable[[jax.Array], jax.Array]:
    keys = stream_keys(config.seed, Stream.HELD_OUT, config.evaluate_seeds)
    unravel = _unravel(config)

    @jax.jit
    def judge(flat: jax.Array) -> jax.Array:
        returns = jax.vmap(train, in_axes=(0, None))(keys, unravel(flat)).returns
        return score(returns, config.fitness)

    return judge


def _judged(state: MetaState, judge: Callable[[jax.Array], jax.Array]) -> tuple[MetaState, np.ndarray]:
    mean = state.strategy.mean
    scores = np.asarray(judge(mean))
    score = np.float32(np.mean(scores))
    if score > float(state.best_score):  # never true of NaN
        state = state._replace(best_mean=mean, best_score=jnp.float32(score), best_generation=state.strategy.generation)
    return state, scores


def _report(
    state: MetaState,
    population_fitness: np.ndarray,
    held_out_scores: np.ndarray | None,
    began: float,
    env_steps: int,
) -> GenerationReport:
    finite = population_fitness[~np.isnan(population_fitness)]
    levels = (0.0, 0.25, 0.5, 0.75, 1.0)
    low, q1, median, q3, high = np.quantile(finite, levels).tolist() if finite.size else [float("nan")] * 5
    return GenerationReport(
        generation=int(state.strategy.generation),
        fitness_mean=float(np.mean(finite)) if finite.size else float("nan"),
        fitness_quantiles=(low, q1, median, q3, high),
        nan_count=int(population_fitness.size - finite.size),
        held_out_scores=held_out_scores,
        seconds=time.perf_counter() - began,
        env_steps=env_steps,
        state=state,
    )


def _unravel(config: MetaTrainConfig) -> Callable[[jax.Array], Params]:
    return ravel_pytree(drift_of(config).init(jax.random.key(0)))[1]
