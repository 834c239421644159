"""The two action distributions, in plain formulas."""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Policy(NamedTuple):
    """Pure functions over the actor's outputs `[..., k]`; the same signature for both distributions.

    The randomness is drawn apart from the outputs, so that a whole rollout's can be drawn at once.

    Attributes:
        noise: `noise(key, batch_shape, action_size) -> noise`.
        sample: `sample(outputs, noise) -> action`.
        log_prob: `log_prob(outputs, action) -> [...]`.
        entropy: `entropy(outputs) -> [...]`, in nats.
    """

    noise: Callable[[jax.Array, tuple[int, ...], int], jax.Array]
    sample: Callable[[jax.Array, jax.Array], jax.Array]
    log_prob: Callable[[jax.Array, jax.Array], jax.Array]
    entropy: Callable[[jax.Array], jax.Array]


def _categorical_noise(key: jax.Array, batch_shape: tuple[int, ...], action_size: int) -> jax.Array:
    return jax.random.gumbel(key, (*batch_shape, action_size))


def _categorical_sample(logits: jax.Array, noise: jax.Array) -> jax.Array:
    return jnp.argmax(logits + noise, axis=-1).astype(jnp.int32)


def _categorical_log_prob(logits: jax.Array, action: jax.Array) -> jax.Array:
    chosen = jax.nn.one_hot(action, logits.shape[-1], dtype=logits.dtype)  # cheaper than a gather on CPU
    return jnp.sum(chosen * jax.nn.log_softmax(logits), axis=-1)


def _categorical_entropy(logits: jax.Array) -> jax.Array:
    log_probs = jax.nn.log_softmax(logits)
    return -jnp.sum(jnp.exp(log_probs) * log_probs, axis=-1)


def _gaussian_noise(key: jax.Array, batch_shape: tuple[int, ...], action_size: int) -> jax.Array:
    return jax.random.normal(key, (*batch_shape, action_size))


def _gaussian_sample(outputs: jax.Array, noise: jax.Array) -> jax.Array:
    mean, log_std = jnp.split(outputs, 2, axis=-1)
    return mean + jnp.exp(log_std) * noise


def _gaussian_log_prob(outputs: jax.Array, action: jax.Array) -> jax.Array:
    mean, log_std = jnp.split(outputs, 2, axis=-1)
    z = (action - mean) * jnp.exp(-log_std)
    return -jnp.sum(0.5 * z * z + log_std + 0.5 * math.log(2 * math.pi), axis=-1)


def _gaussian_entropy(outputs: jax.Array) -> jax.Array:
    _, log_std = jnp.split(outputs, 2, axis=-1)
    return jnp.sum(log_std + 0.5 * math.log(2 * math.pi * math.e), axis=-1)


CATEGORICAL = Policy(_categorical_noise, _categorical_sample, _categorical_log_prob, _categorical_entropy)
"""Softmax over logits `[..., n]`; sampled by the Gumbel-max trick. Actions `[...]` int32."""

DIAGONAL_GAUSSIAN = Policy(_gaussian_noise, _gaussian_sample, _gaussian_log_prob, _gaussian_entropy)
"""N(mean, diag(exp(log_std))^2), outputs `[..., 2 n]`. Actions `[..., n]`, unbounded: the task clips them."""
