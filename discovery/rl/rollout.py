"""Acting: a fixed number of steps in every environment."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from discovery.rl.policy import Policy
from discovery.rl.task import Task, TaskState


class ActingState(NamedTuple):
    """Where the B environments stand between rollouts.

    Attributes:
        task: states, leaves `[B, ...]`.
        obs: `[B, obs_size]`.
        last_return: return of the last episode that each environment finished, `[B]`; 0 before the first.
        finished: whether it has finished one, `[B]` bool.
    """

    task: TaskState
    obs: jax.Array
    last_return: jax.Array
    finished: jax.Array


class Rollout(NamedTuple):
    """T steps of B environments, `[T, B, ...]`; fields as in `TaskStep`, but `obs` is what was acted on.

    `outputs` are the parameters of the distribution that `action` was drawn from.
    """

    obs: jax.Array
    outputs: jax.Array
    action: jax.Array
    next_obs: jax.Array
    reward: jax.Array
    terminated: jax.Array
    truncated: jax.Array


def start(task: Task, num_envs: int, *, key: jax.Array) -> ActingState:
    """Reset `num_envs` environments."""
    state, obs = jax.vmap(task.reset)(jax.random.split(key, num_envs))
    return ActingState(state, obs, jnp.zeros(num_envs), jnp.zeros(num_envs, bool))


def collect(
    task: Task,
    policy: Policy,
    act: Callable[[jax.Array], jax.Array],
    state: ActingState,
    num_steps: int,
    *,
    key: jax.Array,
) -> tuple[ActingState, Rollout]:
    """Act for `num_steps` steps.

    All randomness of the policy and all keys of the environments are drawn before the loop, in two calls:
    inside it they would be thousands of tiny ones.

    Args:
        task: a single environment.
        policy: the action distribution.
        act: observation `[B, obs_size]` to the distribution's outputs.
        state: where the environments stand.
        num_steps: T.
        key: random key.
    """
    num_envs = state.obs.shape[0]
    noise_key, env_key = jax.random.split(key)
    noise = policy.noise(noise_key, (num_steps, num_envs), task.action_size)
    env_keys = jax.random.split(env_key, (num_steps, num_envs))

    def step(state: ActingState, randomness: tuple[jax.Array, jax.Array]) -> tuple[ActingState, Rollout]:
        noise_t, keys_t = randomness
        outputs = act(state.obs)
        action = policy.sample(outputs, noise_t)
        result = jax.vmap(task.step)(keys_t, state.task, action)
        done = result.terminated | result.truncated
        after = ActingState(
            task=result.state,
            obs=result.obs,
            last_return=jnp.where(done, result.episode_return, state.last_return),
            finished=state.finished | done,
        )
        ended = (result.terminated, result.truncated)
        return after, Rollout(state.obs, outputs, action, result.next_obs, result.reward, *ended)

    return jax.lax.scan(step, state, (noise, env_keys))


def recent_return(state: ActingState) -> jax.Array:
    """Mean return of the last episodes of those environments that have finished one; NaN while none has."""
    count = jnp.sum(state.finished)
    total = jnp.sum(jnp.where(state.finished, state.last_return, 0.0))
    return jnp.where(count > 0, total / jnp.maximum(count, 1), jnp.nan)
