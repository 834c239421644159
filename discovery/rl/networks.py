"""The actor and the critic: two separate multilayer perceptrons."""

from collections.abc import Sequence

import flax.linen as nn
import jax
import jax.numpy as jnp

ACTIVATIONS = {"tanh": nn.tanh, "relu": nn.relu}


def column_normal(scale: float) -> nn.initializers.Initializer:
    """Gaussian columns normalised to the length `scale`.

    A stand-in for orthogonal initialisation, whose QR factorisation can deadlock under vmap on XLA's CPU
    backend.
    """

    def init(key: jax.Array, shape: Sequence[int], dtype=jnp.float32, out_sharding=None) -> jax.Array:
        del out_sharding
        columns = jax.random.normal(key, tuple(shape), dtype)
        return scale * columns / jnp.linalg.norm(columns, axis=0, keepdims=True)

    return init


class MLP(nn.Module):
    """Dense layers with an activation between them; the last is linear with weights of scale `out_scale`."""

    hidden: tuple[int, ...]
    out_size: int
    out_scale: float
    activation: str

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for width in self.hidden:
            x = ACTIVATIONS[self.activation](nn.Dense(width, kernel_init=column_normal(2**0.5))(x))
        return nn.Dense(self.out_size, kernel_init=column_normal(self.out_scale))(x)


class Actor(nn.Module):
    """Observation `[..., obs_size]` to the outputs of the policy's distribution.

    Discrete: logits `[..., action_size]`. Continuous: mean and log standard deviation, side by side,
    `[..., 2 action_size]`; the latter is a free parameter that does not depend on the observation, from 0.
    """

    action_size: int
    continuous: bool
    hidden: tuple[int, ...]
    activation: str

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        out = MLP(self.hidden, self.action_size, 0.01, self.activation)(obs)
        if not self.continuous:
            return out
        log_std = self.param("log_std", nn.initializers.zeros, (self.action_size,))
        return jnp.concatenate([out, jnp.broadcast_to(log_std, out.shape)], axis=-1)


class Critic(nn.Module):
    """Observation `[..., obs_size]` to its value `[...]`."""

    hidden: tuple[int, ...]
    activation: str

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        return MLP(self.hidden, 1, 1.0, self.activation)(obs).squeeze(-1)
