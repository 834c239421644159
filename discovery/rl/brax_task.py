"""Brax environments as tasks. Importing this file imports brax."""

import contextlib
import io
import math
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from discovery.rl.task import Task, TaskState, TaskStep

EPISODE_LENGTH = 1000
"""Steps after which an episode is truncated, as in Brax's own training and in purejaxrl."""


class BraxState(NamedTuple):
    """Where an episode stands.

    Attributes:
        now: Brax's own state.
        first: the state that the environment was reset to, where every later episode starts again.
        steps: of the running episode, `[]` int32.
    """

    now: Any
    first: Any
    steps: jax.Array


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without Brax's notice that MuJoCo Playground succeeds it, and what mujoco prints and logs to a file."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        from mujoco import set_mju_user_warning  # pyright: ignore[reportAttributeAccessIssue]

        set_mju_user_warning(lambda message: None)
        try:
            yield
        finally:
            set_mju_user_warning(None)


@lru_cache
def brax_task(name: str, env_name: str, backend: str) -> Task:
    """One of Brax's own environments on a physics backend; results differ between backends.

    Args:
        name: of the task.
        env_name: as in `brax.envs`.
        backend: "spring", "positional", "generalized" or "mjx".
    """
    with _quiet():
        from brax import envs

        return wrap_brax(name, envs.get_environment(env_name, backend=backend))


def wrap_brax(name: str, env: Any, *, episode_length: int = EPISODE_LENGTH) -> Task:
    """Wrap an environment with Brax's interface, unwrapped: time limit and reset are done here.

    An episode ends with `done` (termination), or after `episode_length` steps (truncation). The next one starts
    from the *same* state that this copy of the environment was first reset to, not from a fresh one: a reset is
    physics too, and under vmap it would be computed at every step of every copy. Brax's own training does so as
    well (its AutoResetWrapper); with B copies a run sees B starting states. Whatever the environment keeps in
    `info` goes on through a reset, as there.

    Actions are clipped to [-1, 1], the range of every Brax environment.

    Args:
        name: of the task.
        env: with `reset(key)`, `step(state, action)` and `action_size`.
        episode_length: the time limit in steps.

    Raises:
        ValueError: an observation that is not one array; an environment wrapped for training already.
    """
    state = jax.eval_shape(env.reset, jax.random.key(0))
    if not isinstance(state.obs, jax.ShapeDtypeStruct):
        raise ValueError(f"{name}: an observation must be one array; got {type(state.obs).__name__}")
    if "first_obs" in state.info or "truncation" in state.info or state.done.shape:
        raise ValueError(f"{name} is wrapped for training already; give the environment itself (env.unwrapped)")
    obs_shape = state.obs.shape

    def flatten(obs: jax.Array) -> jax.Array:
        return jnp.ravel(obs).astype(jnp.float32)

    def reset(key: jax.Array) -> tuple[TaskState, jax.Array]:
        first = env.reset(key)
        return TaskState(BraxState(first, first, jnp.int32(0)), jnp.zeros((), jnp.float32)), flatten(first.obs)

    def step(key: jax.Array, state: TaskState, action: jax.Array) -> TaskStep:
        del key  # Brax draws randomness at a reset only
        now, first, steps = state.env
        now = jax.tree.map(lambda x: x, now)  # Brax writes into the dictionaries it is given
        following = env.step(now, jnp.clip(action, -1.0, 1.0))
        steps = steps + 1
        terminated = jnp.asarray(following.done, bool)
        truncated = steps >= episode_length
        done = terminated | truncated
        reward = jnp.asarray(following.reward, jnp.float32)
        episode_return = state.episode_return + reward
        again = first.replace(info=following.info)
        now = jax.tree.map(lambda start, later: jnp.where(done, start, later), again, following)
        return TaskStep(
            state=TaskState(BraxState(now, first, jnp.where(done, 0, steps)), jnp.where(done, 0.0, episode_return)),
            obs=flatten(now.obs),
            next_obs=flatten(following.obs),
            reward=reward,
            terminated=terminated,
            truncated=truncated,
            episode_return=episode_return,
        )

    return Task(name, math.prod(obs_shape), int(env.action_size), True, reset, step, obs_shape)
