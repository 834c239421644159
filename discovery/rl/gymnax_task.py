"""gymnax environments as tasks."""

import gymnax
import jax
import jax.numpy as jnp
from gymnax.environments import spaces

from discovery.rl.task import Task, TaskState, TaskStep


def gymnax_task(name: str) -> Task:
    """Wrap a gymnax environment (1.0 or later: `step` tells termination from truncation).

    Observations are flattened and cast to float32. Rewards are float32. Continuous actions are clipped to the
    bounds of the action space.

    Raises:
        ValueError: a name that gymnax does not have, or an action space that is neither Discrete nor a Box.
    """
    env, params = gymnax.make(name)
    space = env.action_space(params)
    obs_shape = jax.eval_shape(lambda key: env.reset(key, params)[0], jax.random.key(0)).shape

    if isinstance(space, spaces.Discrete):
        continuous, action_size = False, int(space.n)
    elif isinstance(space, spaces.Box):
        continuous, action_size = True, _size(space.shape)
    else:
        raise ValueError(f"{name} has a {type(space).__name__} action space; only Discrete and Box are supported")

    def flatten(obs: jax.Array) -> jax.Array:
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

    return Task(name, _size(obs_shape), action_size, continuous, reset, step)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size
