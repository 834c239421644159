"""The two compiled programs of meta-training: one generation, and the judgement of the mean."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from discovery.drifts.lowering import lower
from discovery.drifts.stack import stack_drifts
from discovery.drifts.zoo import ZOO
from discovery.metatrain.config import MetaTrainConfig
from discovery.metatrain.devices import budget_bytes, device_mesh, even_chunk, program_bytes, replicated, spread
from discovery.metatrain.fitness import combined_fitness
from discovery.metatrain.learned import drift_of, drift_params, first_mean
from discovery.metatrain.strategy import SearchState, make_strategy
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.score import score
from discovery.rl.seeds import Stream, stream_keys
from discovery.rl.task import Task

NETWORK, NONE, PPO = range(3)  # whom `Programs.judge` judges


class InnerLoop(NamedTuple):
    """An environment and how agents are trained on it."""

    task: Task
    ppo: PPOConfig


class Programs(NamedTuple):
    """Both programs, compiled for all devices of all processes.

    Attributes:
        generation_step: `(search, key words) -> (search, fitness [members], scores [members, environments])`.
        judge: `(mean [n], who) -> scores [seeds, environments]` on the held-out seeds; who is NETWORK, NONE or PPO.
        chunk: members that a device trains at a time.
    """

    generation_step: Callable[[SearchState, jax.Array], tuple[SearchState, jax.Array, jax.Array]]
    judge: Callable[[jax.Array, int], jax.Array]
    chunk: int


@lru_cache(maxsize=8)
def compiled_programs(loops: tuple[InnerLoop, ...], config: MetaTrainConfig, chunk: int | None) -> Programs:
    """The programs of a configuration, kept so that going on within one process does not compile again.

    A given chunk is kept, so that a resumed run computes what it did. If none is given, all of a device's members are
    trained at once, and if the compiler then counts more memory than there is, so many that it suffices: that costs a
    second compilation.

    Raises:
        ValueError: not even one member fits into the memory.
    """
    mesh = device_mesh()
    everywhere = NamedSharding(mesh, PartitionSpec())
    mean = first_mean(config)
    search = replicated(make_strategy(config, mean.size).init(mean), mesh)
    key = replicated(jax.random.key_data(jax.random.key(0)), mesh)

    def compiled(chunk: int) -> jax.stages.Compiled:
        step = _generation_step(loops, config, mesh, chunk)
        return jax.jit(step, out_shardings=everywhere).lower(search, key).compile()

    budget = _smallest_budget(config) if chunk is None else None  # first: processes wait for each other
    chunk = even_chunk(config.population, mesh.size, chunk or config.population)
    step = compiled(chunk)
    while budget is not None and program_bytes(step) > budget:
        needed = program_bytes(step)
        if chunk == 1:
            raise ValueError(
                f"one member needs {needed / 2**20:,.2f} MiB on a device but {budget / 2**20:,.2f} MiB may be used; "
                "lower ppo.num_envs, ppo.num_steps, ppo.hidden or train.seeds_per_member, or raise train.memory_gib"
            )
        chunk = even_chunk(config.population, mesh.size, min(chunk - 1, int(0.9 * chunk * budget / needed)))
        step = compiled(chunk)
    agents = chunk * config.seeds_per_member
    judge = jax.jit(_judge(loops, config, mesh, agents), out_shardings=everywhere)
    who = {index: replicated(np.int32(index), mesh) for index in (NETWORK, NONE, PPO)}
    compiled_judge = judge.lower(search.mean, who[NETWORK]).compile()
    return Programs(step, lambda mean, index: compiled_judge(mean, who[index]), chunk)


def _smallest_budget(config: MetaTrainConfig) -> int:
    """The budget of the process that has least: all must compile the same program."""
    return int(np.min(multihost_utils.process_allgather(np.float64(budget_bytes(config.memory_gib)))))


def _generation_step(loops: tuple[InnerLoop, ...], config: MetaTrainConfig, mesh: Mesh, chunk: int) -> Callable:
    """One generation: ask, train the population on shared seeds, tell."""
    strategy = make_strategy(config, first_mean(config).size)
    drift = drift_of(config)
    trains = [make_train(loop.task, loop.ppo, drift) for loop in loops]

    def member_scores(flat: jax.Array, keys: jax.Array) -> jax.Array:
        params = drift_params(config, flat)
        curves = [jax.vmap(train, in_axes=(0, None))(keys, params).returns for train in trains]
        return jnp.stack([jnp.mean(score(curve, config.fitness)) for curve in curves])

    population_scores = spread(member_scores, mesh, chunk)

    def step(search: SearchState, words: jax.Array) -> tuple[SearchState, jax.Array, jax.Array]:
        key = jax.random.fold_in(jax.random.wrap_key_data(words), search.generation_counter)
        ask_key, seed_key, tell_key = jax.random.split(key, 3)
        population, search = strategy.ask(search, ask_key)
        scores = population_scores(population, jax.random.split(seed_key, config.seeds_per_member))
        fitness = combined_fitness(scores)
        return strategy.tell(search, population, fitness, tell_key), fitness, scores

    return step


def _judge(loops: tuple[InnerLoop, ...], config: MetaTrainConfig, mesh: Mesh, agents: int) -> Callable:
    """Training runs on the held-out seeds, of the network, of no drift or of PPO's clip."""
    drift = stack_drifts([drift_of(config), lower(ZOO["none"].expr), lower(ZOO["ppo"].expr)])
    trains = [make_train(loop.task, loop.ppo, drift) for loop in loops]
    keys = stream_keys(config.seed, Stream.HELD_OUT, config.evaluate_seeds)

    def agent_scores(key: jax.Array, shared: tuple[jax.Array, jax.Array]) -> jax.Array:
        flat, who = shared
        params: Any = {"index": who, "params": (drift_params(config, flat), (), ())}
        return jnp.stack([score(train(key, params).returns, config.fitness) for train in trains])

    scores = spread(agent_scores, mesh, even_chunk(config.evaluate_seeds, mesh.size, agents))

    def judge(flat: jax.Array, who: jax.Array) -> jax.Array:
        return scores(keys, (flat, who))

    return judge
