"""Running statistics of observations and of discounted returns, kept inside the training loop."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

CLIP = 10.0
"""Normalised observations and rewards are clipped to +-CLIP, as in Stable-Baselines3's VecNormalize."""


class Moments(NamedTuple):
    """Mean and variance of what has been seen so far, entry by entry.

    Attributes:
        number: how many, `[]` float32.
        mean: `[...]`; 0 before anything was seen.
        variance: over `number`, not `number - 1`, `[...]`; 1 before anything was seen.
    """

    number: jax.Array
    mean: jax.Array
    variance: jax.Array


class Statistics(NamedTuple):
    """What a training run knows of its task's scales; a part is None where its normalisation is off.

    Attributes:
        obs: moments of observations, `[obs_size]`. Acting on `normalise_obs(statistics, obs)` is part of the
            policy: the networks are of no use without them.
        reward: moments of the discounted return, `[]`.
        discounted: the running discounted return of each environment, `[num_envs]`.
    """

    obs: Moments | None
    reward: Moments | None
    discounted: jax.Array | None


def nothing_seen(shape: tuple[int, ...]) -> Moments:
    """Moments that leave what they normalise as it is, but for the clip."""
    return Moments(jnp.zeros(()), jnp.zeros(shape), jnp.ones(shape))


def merge(moments: Moments, batch: jax.Array) -> Moments:
    """The moments of all data, from those of the data before and a batch `[N, ...]` of new ones.

        w = N / (n + N),  d = mean_new - mean
        mean' = mean + w d,  var' = (1 - w) var + w var_new + w (1 - w) d^2

    Source: Chan, Golub and LeVeque 1979, STAN-CS-79-773, eq. 2.1, divided by the counts so that no sum grows.
    """
    number = moments.number + batch.shape[0]
    w = batch.shape[0] / number
    delta = jnp.mean(batch, axis=0) - moments.mean
    variance = (1 - w) * moments.variance + w * jnp.var(batch, axis=0) + w * (1 - w) * jnp.square(delta)
    return Moments(number, moments.mean + w * delta, variance)


def no_statistics(obs_size: int, num_envs: int, *, obs: bool, reward: bool) -> Statistics:
    """Where a run starts; `obs` and `reward` say what is normalised."""
    return Statistics(
        obs=nothing_seen((obs_size,)) if obs else None,
        reward=nothing_seen(()) if reward else None,
        discounted=jnp.zeros(num_envs) if reward else None,
    )


def normalise_obs(statistics: Statistics, obs: jax.Array) -> jax.Array:
    """(obs - mean) / sqrt(variance + 1e-8), clipped to +-10; `obs` itself where normalisation is off."""
    if statistics.obs is None:
        return obs
    scaled = (obs - statistics.obs.mean) * jax.lax.rsqrt(statistics.obs.variance + 1e-8)
    return jnp.clip(scaled, -CLIP, CLIP)


def observe(statistics: Statistics, obs: jax.Array) -> Statistics:
    """Take in a rollout's observations `[T, B, obs_size]`."""
    if statistics.obs is None:
        return statistics
    return statistics._replace(obs=merge(statistics.obs, obs.reshape(-1, obs.shape[-1])))


def normalise_reward(
    statistics: Statistics, reward: jax.Array, done: jax.Array, *, gamma: float
) -> tuple[Statistics, jax.Array]:
    """Rewards over the standard deviation of the discounted return, which a rollout's are taken in for first.

        G_t = gamma (1 - done_{t-1}) G_{t-1} + R_t,   R_t / sqrt(variance of all G so far + 1e-8), clipped to +-10

    The mean is not taken off: it would change which policy is best.

    Args:
        statistics: those of the rollouts before.
        reward: `[T, B]`.
        done: whether the episode ended with this step, `[T, B]` bool.
        gamma: discount.

    Returns:
        The new statistics, and the scaled rewards `[T, B]`. Both unchanged where normalisation is off.

    Source: Engstrom et al. 2020, arXiv 2005.12729, section 3 and algorithm 1; VecNormalize in Stable-Baselines3.
    """
    if statistics.reward is None or statistics.discounted is None:
        return statistics, reward

    def forward(before: jax.Array, step: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        reward_t, done_t = step
        discounted = gamma * before + reward_t
        return jnp.where(done_t, 0.0, discounted), discounted

    carried, discounted = jax.lax.scan(forward, statistics.discounted, (reward, done))
    moments = merge(statistics.reward, discounted.reshape(-1))
    scaled = jnp.clip(reward * jax.lax.rsqrt(moments.variance + 1e-8), -CLIP, CLIP)
    return statistics._replace(reward=moments, discounted=carried), scaled
