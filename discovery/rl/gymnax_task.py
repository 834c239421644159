"""gymnax environments as tasks."""

import math
from functools import lru_cache
from typing import Any

import gymnax
import jax
import jax.numpy as jnp
from gymnax.environments import spaces

from discovery.rl.task import Task, TaskState, TaskStep


@lru_cache
def gymnax_task(name: str) -> Task:
    """One of gymnax's own environments with its default parameters; one object a name, so that programs are kept."""
    env, params = gymnax.make(name)
    return wrap_gymnax(name, env, params)


def wrap_gymnax(name: str, env: Any, params: Any) -> Task:
    """Wrap an environment with gymnax's interface (1.0 or later: `step` tells termination from truncation).

    Observations are flattened and cast to float32; one that is a state's number (a Discrete observation space)
    becomes one-hot. Rewards are float32. Continuous actions are clipped to the bounds of the action space.

    Args:
        name: of the task.
        env: with `reset(key, params)`, `step(key, state, action, params)` and `action_space(params)`.
        params: the environment's parameters.

    Raises:
        ValueError: an action space that is neither Discrete nor a Box; an observation that is not one array; a
            `step` that returns the five values of gymnax before 1.0.
    """
    space = env.action_space(params)
    obs_space = env.observation_space(params) if hasattr(env, "observation_space") else None
    raw, env_state = jax.eval_shape(lambda key: env.reset(key, params), jax.random.key(0))
    if not isinstance(raw, jax.ShapeDtypeStruct):
        raise ValueError(f"{name}: an observation must be one array; got {type(raw).__name__}")
    one_hot = isinstance(obs_space, spaces.Discrete) and raw.shape == ()
    obs_shape = (int(obs_space.n),) if isinstance(obs_space, spaces.Discrete) and one_hot else raw.shape

    if isinstance(space, spaces.Discrete):
        continuous, action_size = False, int(space.n)
    elif isinstance(space, spaces.Box):
        continuous, action_size = True, math.prod(space.shape)
    else:
        raise ValueError(f"{name} has a {type(space).__name__} action space; only Discrete and Box are supported")
    step_shape = jax.eval_shape(
        lambda key, state: env.step(key, state, space.sample(key), params), jax.random.key(0), env_state
    )
    if len(step_shape) != 6 or "final_observation" not in step_shape[5]:
        raise ValueError(
            f"{name}: step must return (obs, state, reward, terminated, truncated, info with final_observation), as in "
            f"gymnax 1.0; got {len(step_shape)} values"
        )

    def flatten(obs: jax.Array) -> jax.Array:
        if one_hot:
            return jax.nn.one_hot(obs, obs_shape[0], dtype=jnp.float32)
        return jnp.ravel(obs).astype(jnp.float32)

    def reset(key: jax.Array) -> tuple[TaskState, jax.Array]:
        obs, env_state = env.reset(key, params)
        return TaskState(env_state, jnp.zeros((), jnp.float32)), flatten(obs)

    def step(key: jax.Array, state: TaskState, action: jax.Array) -> TaskStep:
        if isinstance(space, spaces.Box):
            action = jnp.clip(action.reshape(space.shape), space.low, space.high)
        obs, env_state, reward, terminated, truncated, info = env.step(key, state.env, action, params)
        reward = jnp.asarray(reward, jnp.float32).reshape(())
        episode_return = state.episode_return + reward
        done = terminated | truncated
        return TaskStep(
            state=TaskState(env_state, jnp.where(done, 0.0, episode_return)),
            obs=flatten(obs),
            next_obs=flatten(info["final_observation"]),
            reward=reward,
            terminated=jnp.asarray(terminated, bool),
            truncated=jnp.asarray(truncated, bool),
            episode_return=episode_return,
        )

    return Task(name, math.prod(obs_shape), action_size, continuous, reset, step, obs_shape)
