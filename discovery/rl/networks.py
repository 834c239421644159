"""The actor and the critic: two separate networks of one kind, perceptrons or small convolutional ones."""

from collections.abc import Sequence

import flax.linen as nn
import jax
import jax.numpy as jnp

from discovery.rl.config import PPOConfig
from discovery.rl.task import Task

ACTIVATIONS = {"tanh": nn.tanh, "relu": nn.relu}
CHANNELS = 16
WINDOW = 3


def column_normal(scale: float) -> nn.initializers.Initializer:
    """Gaussian columns normalised to the length `scale`, over all axes but the last: one column per output.

    A stand-in for orthogonal initialisation, whose QR factorisation can deadlock under vmap on XLA's CPU
    backend.
    """

    def init(key: jax.Array, shape: Sequence[int], dtype=jnp.float32, out_sharding=None) -> jax.Array:
        del out_sharding
        columns = jax.random.normal(key, tuple(shape), dtype)
        length = jnp.sqrt(jnp.sum(jnp.square(columns), axis=tuple(range(len(shape) - 1)), keepdims=True))
        return scale * columns / length

    return init


def windows(image: jax.Array) -> jax.Array:
    """Every 3x3 window of an image `[..., H, W, C]`, as `[..., H - 2, W - 2, 9 C]`."""
    height, width = image.shape[-3] - WINDOW + 1, image.shape[-2] - WINDOW + 1
    shifted = [image[..., i : i + height, j : j + width, :] for i in range(WINDOW) for j in range(WINDOW)]
    return jnp.concatenate(shifted, axis=-1)


class Conv(nn.Module):
    """A 3x3 convolution with 16 channels, stride 1, no padding, and an activation; flattened.

    It is written as a product with the image's windows, because under vmap every agent has its own kernel: on two
    cores the batched product takes half the time of XLA's grouped convolution at 32 agents (and 1.5 times that of a
    convolution for a single one).

    Source: Young and Tian 2019, arXiv 1903.03176, section 3: the first layer of MinAtar's published agents.
    """

    image_shape: tuple[int, ...]
    activation: str
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        image = obs.reshape(*obs.shape[:-1], *self.image_shape)
        out = nn.Dense(CHANNELS, kernel_init=column_normal(2**0.5), dtype=self.dtype)(windows(image))
        return ACTIVATIONS[self.activation](out).reshape(*obs.shape[:-1], -1)


class MLP(nn.Module):
    """Dense layers with an activation between them; the last is linear with weights of scale `out_scale`.

    Parameters and output are float32; in between everything is of type `dtype`.
    """

    hidden: tuple[int, ...]
    out_size: int
    out_scale: float
    activation: str
    dtype: jnp.dtype = jnp.dtype(jnp.float32)
    image_shape: tuple[int, ...] | None = None
    """Where given, the input is first reshaped to it and goes through `Conv`."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        if self.image_shape is not None:
            x = Conv(self.image_shape, self.activation, self.dtype)(x)
        for width in self.hidden:
            x = nn.Dense(width, kernel_init=column_normal(2**0.5), dtype=self.dtype)(x)
            x = ACTIVATIONS[self.activation](x)
        out = nn.Dense(self.out_size, kernel_init=column_normal(self.out_scale), dtype=self.dtype)(x)
        return out.astype(jnp.float32)


class Actor(nn.Module):
    """Observation `[..., obs_size]` to the outputs of the policy's distribution.

    Discrete: logits `[..., action_size]`. Continuous: mean and log standard deviation, side by side,
    `[..., 2 action_size]`; the latter is a free parameter that does not depend on the observation, from 0.
    """

    action_size: int
    continuous: bool
    hidden: tuple[int, ...]
    activation: str
    dtype: jnp.dtype = jnp.dtype(jnp.float32)
    image_shape: tuple[int, ...] | None = None

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        out = MLP(self.hidden, self.action_size, 0.01, self.activation, self.dtype, self.image_shape)(obs)
        if not self.continuous:
            return out
        log_std = self.param("log_std", nn.initializers.zeros, (self.action_size,))
        return jnp.concatenate([out, jnp.broadcast_to(log_std, out.shape)], axis=-1)


class Critic(nn.Module):
    """Observation `[..., obs_size]` to its value `[...]`."""

    hidden: tuple[int, ...]
    activation: str
    dtype: jnp.dtype = jnp.dtype(jnp.float32)
    image_shape: tuple[int, ...] | None = None

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        return MLP(self.hidden, 1, 1.0, self.activation, self.dtype, self.image_shape)(obs).squeeze(-1)


def make_networks(task: Task, config: PPOConfig) -> tuple[Actor, Critic]:
    """The actor and the critic that a configuration asks for on a task.

    Raises:
        ValueError: network "cnn" on a task whose observations are not images `[H, W, C]` of at least 3x3.
    """
    image_shape = None
    if config.network == "cnn":
        image_shape = task.obs_shape
        if len(image_shape) != 3 or min(image_shape[:2]) < WINDOW:
            raise ValueError(
                f"network 'cnn' needs observations [height, width, channels] of at least {WINDOW}x{WINDOW}; "
                f"{task.name} has shape {list(task.obs_shape)}: use network 'mlp'"
            )
    dtype = jnp.dtype(config.matmul)
    return (
        Actor(task.action_size, task.continuous, config.hidden, config.activation, dtype, image_shape),
        Critic(config.hidden, config.activation, dtype, image_shape),
    )
