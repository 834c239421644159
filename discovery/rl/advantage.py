"""Generalised advantage estimation that tells truncation from termination."""

import jax
import jax.numpy as jnp


def generalised_advantage(
    reward: jax.Array,
    value: jax.Array,
    next_value: jax.Array,
    terminated: jax.Array,
    truncated: jax.Array,
    *,
    gamma: float,
    gae_lambda: float,
) -> jax.Array:
    """Advantages of one rollout, backwards in time.

        delta_t = R_t + gamma (1 - terminated_t) V(s'_t) - V(s_t)
        A_t     = delta_t + gamma lambda (1 - done_t) A_{t+1},   done = terminated or truncated

    s'_t is the state that the action led to, before any reset. So a truncated episode bootstraps from the
    value of its last state, a terminated one from nothing, and neither lets the next episode's errors flow
    back.

    Args:
        reward: `[T, ...]`.
        value: V(s_t), `[T, ...]`.
        next_value: V(s'_t), `[T, ...]`.
        terminated: bool, `[T, ...]`; counts where both are set.
        truncated: bool, `[T, ...]`.
        gamma: discount in [0, 1].
        gae_lambda: lambda in [0, 1].

    Returns:
        A_t, `[T, ...]`. The value targets are A_t + V(s_t).

    Source: Schulman et al. 2016, arXiv 1506.02438, eq. 11-16.
    """
    delta = reward + gamma * jnp.where(terminated, 0.0, next_value) - value
    decay = gamma * gae_lambda * (1.0 - (terminated | truncated).astype(reward.dtype))

    def backward(following: jax.Array, step: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        delta_t, decay_t = step
        advantage = delta_t + decay_t * following
        return advantage, advantage

    _, advantage = jax.lax.scan(backward, jnp.zeros_like(delta[0]), (delta, decay), reverse=True)
    return advantage
