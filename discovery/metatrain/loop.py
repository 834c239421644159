"""Meta-training: evolve the parameters of a drift on the return of the agents it trains."""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from discovery.metatrain.config import MetaTrainConfig
from discovery.metatrain.devices import device_mesh, replicated
from discovery.metatrain.fitness import held_out_score, worst_score
from discovery.metatrain.generation import GenerationReport, HeldOut
from discovery.metatrain.learned import first_mean
from discovery.metatrain.programs import NETWORK, NONE, PPO, InnerLoop, Programs, compiled_programs
from discovery.metatrain.strategy import SearchState, make_strategy
from discovery.rl.seeds import Stream, stream_key


class MetaState(NamedTuple):
    """All that meta-training needs to go on, bit by bit, from a generation boundary.

    Attributes:
        search: the evolution strategy's state; its `mean` is the last drift.
        key: words of the root key of the run's META stream; generation g uses fold_in(key, g).
        references: `[2, environments]`, mean held-out scores of no drift and of PPO's clip; NaN before they are known.
        best_mean: the mean that was judged best so far, `[n]`; the first mean before any judgement.
        best_score: its score on the held-out seeds, see `held_out_score`; -inf before any judgement.
        best_generation: the generation it came from; -1 before any judgement.
    """

    search: SearchState
    key: jax.Array
    references: jax.Array
    best_mean: jax.Array
    best_score: jax.Array
    best_generation: jax.Array


class AllDivergedError(ValueError):
    """Every member of a generation came to NaN; `state` is the one before it."""

    def __init__(self, generation: int, state: MetaState) -> None:
        super().__init__(
            f"every member of generation {generation} scored NaN, so there is nothing to select: either training "
            "diverged (lower ppo.learning_rate or train.sigma), or no episode ended (raise ppo.total_steps or lower "
            "ppo.num_envs)"
        )
        self.state = state


def init_state(config: MetaTrainConfig, environments: int) -> MetaState:
    """The state before the first generation, the same in every process."""
    mean = first_mean(config)
    return MetaState(
        search=make_strategy(config, mean.size).init(mean),
        key=jax.random.key_data(stream_key(config.seed, Stream.META)),
        references=jnp.full((2, environments), jnp.nan, jnp.float32),
        best_mean=mean,
        best_score=jnp.asarray(-jnp.inf, jnp.float32),
        best_generation=jnp.asarray(-1, jnp.int32),
    )


def meta_train(
    loops: Sequence[InnerLoop],
    config: MetaTrainConfig,
    *,
    state: MetaState | None = None,
    chunk: int | None = None,
) -> Iterator[GenerationReport]:
    """Meta-train a drift, one report per generation, on all devices of all processes.

    The mean parameters are judged every `evaluate_every` generations, and after the last, on `evaluate_seeds`
    held-out seeds, always the same ones and none of them ever trained or benchmarked on. The best judged
    mean is kept beside the last one: it is the drift to use, but its held-out score is the best of several
    noisy ones and so flatters it. Report a fresh score on the BENCHMARK stream.

    Stop iterating at any time: the last report's `state` is all that is needed to go on. With the same `chunk` on the
    same number of devices what follows is the same bit by bit.

    Args:
        loops: the environments with their inner loops; a member's fitness is over all of them.
        config: the outer loop.
        state: where to go on from; from the beginning if None.
        chunk: members that a device trains at a time; as many as its memory holds if None.

    Yields:
        `GenerationReport`s; generation 0 first if the run is new and judges its mean along the way.

    Raises:
        ValueError: a state that does not fit `config`, or too little memory.
        AllDivergedError: a generation without a fitness.
    """
    first = init_state(config, len(loops))
    if state is not None and state.search.mean.shape != first.search.mean.shape:
        raise ValueError(
            f"the checkpoint has {state.search.mean.size} drift parameters but the settings ask for "
            f"{first.search.mean.size}; resume with the variant and width it was trained with"
        )
    start: MetaState = replicated(first if state is None else state, device_mesh())
    programs = compiled_programs(tuple(loops), config, chunk)
    return _generations(programs, loops, config, start)


def _generations(
    programs: Programs, loops: Sequence[InnerLoop], config: MetaTrainConfig, state: MetaState
) -> Iterator[GenerationReport]:
    steps = sum(loop.ppo.env_steps for loop in loops)
    runs, every = config.population * config.seeds_per_member, config.evaluate_every
    done = int(state.search.generation_counter)
    for generation in range(done, config.generations + 1):
        began, trained = time.perf_counter(), 0
        scores, fitness = np.full((0, len(loops)), np.nan), np.zeros(0)
        if generation > done:
            search, found_fitness, found = programs.generation_step(state.search, state.key)
            scores, fitness, trained = np.asarray(found), np.asarray(found_fitness), runs
            if np.isnan(fitness).all():
                raise AllDivergedError(generation, state)
            state = state._replace(search=search)
        elif generation or not every or int(state.best_generation) >= 0:
            continue  # what is resumed was told already; a start is judged only along the way
        held_out = None
        if generation == config.generations or (every and generation % every == 0):
            new = np.isnan(np.asarray(state.references)).any()
            state, held_out = _judged(programs, state)
            trained += config.evaluate_seeds * (3 if new else 1)
        yield GenerationReport(
            generation=generation,
            environments=tuple(loop.task.name for loop in loops),
            scores=scores,
            fitness=fitness,
            held_out=held_out,
            sigma=float(jnp.mean(state.search.std)),
            seconds=time.perf_counter() - began,
            env_steps=trained * steps,
            chunk=programs.chunk,
            state=state,
        )


def _judged(programs: Programs, state: MetaState) -> tuple[MetaState, HeldOut]:
    """The scores of the mean on the held-out seeds; those of no drift and of the clip too if they are not known.

    A run that diverged counts as the worst that any run reached in its environment; it is never left out.
    """
    mesh = device_mesh()
    references = np.asarray(state.references)
    scores = np.asarray(programs.judge(state.search.mean, NETWORK))
    if np.isnan(references).any():
        baselines = [np.asarray(programs.judge(state.search.mean, who)) for who in (NONE, PPO)]
        worst = worst_score(np.concatenate([*baselines, scores]))
        references = np.stack([np.where(np.isnan(found), worst, found).mean(axis=0) for found in baselines])
        state = state._replace(references=replicated(references, mesh))
    filled = np.where(np.isnan(scores), np.minimum(worst_score(scores), references.min(axis=0)), scores)
    score = np.float32(held_out_score(filled.mean(axis=0), references))
    if score > float(state.best_score):  # never true of NaN, which is left where no run at all came to an end
        state = state._replace(
            best_mean=state.search.mean,
            best_score=replicated(score, mesh),
            best_generation=state.search.generation_counter,
        )
    return state, HeldOut(scores, filled.mean(axis=0), references, float(score))
