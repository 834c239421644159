"""Fitness over one or several environments, and the score by which mean parameters are compared."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray


def combined_fitness(scores: jax.Array) -> jax.Array:
    """`[members, environments]` scores as `[members]` fitness; NaN in any environment is NaN.

    Returns of different environments have no common unit. So with several of them a member's fitness is the mean of its
    centred ranks, each within one environment's population; with one it is the score itself.
    """
    if scores.shape[1] == 1:
        return scores[:, 0]
    ranks = jax.vmap(centred_rank, in_axes=1, out_axes=1)(scores)
    return jnp.where(jnp.any(jnp.isnan(scores), axis=1), jnp.nan, jnp.mean(ranks, axis=1))


def centred_rank(fitness: jax.Array) -> jax.Array:
    """Ranks `[N]` spread evenly over [-1/2, 1/2], ties sharing their mean rank; NaN is the worst.

    u_i = (#{j: F_j < F_i} + (#{j: F_j = F_i} - 1) / 2) / (N - 1) - 1/2
    """
    worst_last = jnp.where(jnp.isnan(fitness), -jnp.inf, fitness)
    return (jax.scipy.stats.rankdata(worst_last) - 1.0) / (fitness.size - 1) - 0.5


def worst_score(scores: NDArray) -> NDArray:
    """The lowest of the scores `[runs, environments]` in each environment, NaN where every run diverged."""
    lowest = np.min(np.where(np.isnan(scores), np.inf, scores), axis=0)
    return np.where(np.isinf(lowest), np.nan, lowest)


def held_out_score(means: NDArray, references: NDArray) -> float:
    """One number for mean scores `[environments]` of the mean parameters; NaN stays NaN.

    One environment: the score itself. Several: the mean of (F - none)/scale, where none and ppo are what no drift and
    PPO's clip reach on the same seeds, and scale = max(|ppo - none|, a twentieth of the larger of the two): 0 is no
    drift and, where the clip helps, 1 is PPO.

    Args:
        means: `[environments]`.
        references: `[2, environments]`, the scores of none and of ppo.
    """
    if means.size == 1:
        return float(means[0])
    none, ppo = references
    scale = np.maximum(np.abs(ppo - none), 0.05 * np.maximum(np.abs(ppo), np.abs(none)))
    return float(np.mean((means - none) / np.maximum(scale, 1e-6)))
