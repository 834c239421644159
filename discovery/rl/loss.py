"""The Mirror Learning surrogate and PPO's loss around it."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from discovery.drifts.drift import Drift, Params
from discovery.rl.config import PPOConfig
from discovery.rl.policy import Policy

MAX_LOG_RATIO = 20.0
"""Beyond it a float32 ratio nears 0 or infinity, where a drift is undefined and one sample makes all NaN."""


class Batch(NamedTuple):
    """Transitions to learn from, all with the same leading shape.

    Attributes:
        obs: `[..., obs_size]`.
        action: `[...]` int32 or `[..., action_size]` float32.
        log_prob: log pi_old(a|s), `[...]`.
        advantage: not yet normalised, `[...]`.
        target: what the value should be, `[...]`.
    """

    obs: jax.Array
    action: jax.Array
    log_prob: jax.Array
    advantage: jax.Array
    target: jax.Array


class Seen(NamedTuple):
    """What a gradient step looked at.

    Attributes:
        ratio: r as the drift saw it, `[N]`.
        advantage: A as the drift saw it, `[N]`.
        entropy: E[H(pi)] in nats, `[]`.
    """

    ratio: jax.Array
    advantage: jax.Array
    entropy: jax.Array


def normalise(advantage: jax.Array) -> jax.Array:
    """(A - mean) / (std + 1e-8) over the whole array."""
    return (advantage - jnp.mean(advantage)) / (jnp.std(advantage) + 1e-8)


def mirror_objective(
    drift: Drift, drift_params: Params, ratio: jax.Array, advantage: jax.Array, progress: jax.typing.ArrayLike
) -> jax.Array:
    """r A - f(r, A), elementwise; to be maximised. A drift that sees it is also given progress n/N.

    Source: Kuba et al. 2022, arXiv 2201.02373, definition 4, with a drift that is pointwise in (r, A).
    """
    return ratio * advantage - drift.evaluate(drift_params, ratio, advantage, progress)


def ppo_loss(
    params: Params,
    batch: Batch,
    *,
    actor: Callable[[Params, jax.Array], jax.Array],
    critic: Callable[[Params, jax.Array], jax.Array],
    policy: Policy,
    drift: Drift,
    drift_params: Params,
    progress: jax.typing.ArrayLike,
    config: PPOConfig,
) -> tuple[jax.Array, Seen]:
    """Loss of one minibatch.

        L = -E[r A - f(r, A)] + vf_coef E[(V - target)^2] / 2 - ent_coef E[H(pi)]

    Args:
        params: `{"actor": ..., "critic": ...}`.
        batch: N transitions.
        actor, critic: `apply` functions of the two networks.
        policy: the action distribution.
        drift, drift_params: f.
        progress: the share n/N of training that is done, in [0, 1], for drifts that see it.
        config: the three coefficients.

    Returns:
        The loss `[]`, and what it was computed from.
    """
    outputs = actor(params["actor"], batch.obs)
    log_ratio = policy.log_prob(outputs, batch.action) - batch.log_prob
    ratio = jnp.exp(jax.lax.clamp(-MAX_LOG_RATIO, log_ratio, MAX_LOG_RATIO))
    advantage = normalise(batch.advantage) if config.normalise_advantage else batch.advantage
    objective = jnp.mean(mirror_objective(drift, drift_params, ratio, advantage, progress))
    value_loss = 0.5 * jnp.mean(jnp.square(critic(params["critic"], batch.obs) - batch.target))
    loss = config.vf_coef * value_loss - objective
    entropy = jnp.mean(policy.entropy(outputs))
    if config.ent_coef > 0:
        loss = loss - config.ent_coef * entropy
    return loss, Seen(ratio, advantage, entropy)
