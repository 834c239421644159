"""A PPO loop in the style of purejaxrl, to compare ours with: written from its public description, none of its code.

As there, actor and critic are evaluated at every step of the rollout, random numbers are drawn step by step, every
epoch shuffles and copies the whole batch, the value loss is clipped, and the end of an episode bootstraps from nothing,
whether it terminated or was truncated. Initial weights are not orthogonal, since QR under vmap can deadlock.

Source: Lu et al. 2022, 'Discovered Policy Optimisation', and the README of github.com/luchris429/purejaxrl.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import flax.linen as nn
import gymnax
import jax
import jax.numpy as jnp
import optax
from flax.training.train_state import TrainState

from discovery.rl.config import PPOConfig
from discovery.rl.tuned import tuned

CLIP_EPS = 0.2

CARTPOLE = tuned("CartPole-v1")
"""purejaxrl's settings of CartPole-v1."""

BREAKOUT = replace(tuned("Breakout-MinAtar"), learning_rate=5e-3)
"""purejaxrl's settings of the MinAtar games; ours has a later search's learning rate."""


class ActorCritic(nn.Module):
    """Logits and value of an observation, from two separate networks."""

    action_size: int
    hidden: tuple[int, ...]
    activation: str

    @nn.compact
    def __call__(self, obs: jax.Array) -> tuple[jax.Array, jax.Array]:
        activation = nn.relu if self.activation == "relu" else nn.tanh
        actor = critic = obs
        for width in self.hidden:
            actor = activation(nn.Dense(width)(actor))
        logits = nn.Dense(self.action_size, kernel_init=nn.initializers.normal(0.01))(actor)
        for width in self.hidden:
            critic = activation(nn.Dense(width)(critic))
        return logits, nn.Dense(1)(critic).squeeze(-1)


class _Log(NamedTuple):
    """An environment's state and the returns that are reported."""

    env: Any
    running: jax.Array
    last: jax.Array


class _Transition(NamedTuple):
    done: jax.Array
    action: jax.Array
    value: jax.Array
    reward: jax.Array
    log_prob: jax.Array
    obs: jax.Array
    last_return: jax.Array


def make_baseline(name: str, config: PPOConfig) -> Callable[[jax.Array], tuple[jax.Array, Any]]:
    """`train(key) -> (returns [num_updates], params)`: at every update, the mean return of the last episodes."""
    env, env_params = gymnax.make(name)
    network = ActorCritic(env.action_space(env_params).n, config.hidden, config.activation)
    gradient_steps = config.update_epochs * config.num_minibatches

    def schedule(count: jax.Array) -> jax.Array:
        return config.learning_rate * (1.0 - (count // gradient_steps) / config.num_updates)

    def reset(key: jax.Array) -> tuple[jax.Array, _Log]:
        obs, state = env.reset(key, env_params)
        return obs.reshape(-1), _Log(state, jnp.float32(0), jnp.float32(0))

    def step(key: jax.Array, log: _Log, action: jax.Array) -> tuple[jax.Array, _Log, jax.Array, jax.Array]:
        obs, state, reward, terminated, truncated, _ = env.step(key, log.env, action, env_params)
        done = terminated | truncated
        running = log.running + reward
        log = _Log(state, running * (1 - done), jnp.where(done, running, log.last))
        return obs.reshape(-1), log, reward, done

    def loss(params: Any, batch: _Transition, advantage: jax.Array, target: jax.Array) -> tuple[jax.Array, Any]:
        logits, value = network.apply(params, batch.obs)
        log_probs = jax.nn.log_softmax(logits)
        log_prob = jnp.take_along_axis(log_probs, batch.action[..., None], axis=-1).squeeze(-1)

        clipped = batch.value + (value - batch.value).clip(-CLIP_EPS, CLIP_EPS)
        value_losses = jnp.maximum(jnp.square(value - target), jnp.square(clipped - target))
        value_loss = 0.5 * value_losses.mean()

        ratio = jnp.exp(log_prob - batch.log_prob)
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        surrogate = jnp.minimum(ratio * advantage, jnp.clip(ratio, 1 - CLIP_EPS, 1 + CLIP_EPS) * advantage)
        actor_loss = -surrogate.mean()
        entropy = -(jnp.exp(log_probs) * log_probs).sum(-1).mean()
        total = actor_loss + config.vf_coef * value_loss - config.ent_coef * entropy
        return total, (value_loss, actor_loss, entropy)

    def train(key: jax.Array) -> tuple[jax.Array, Any]:
        key, init_key, reset_key = jax.random.split(key, 3)
        obs, log = jax.vmap(reset)(jax.random.split(reset_key, config.num_envs))
        optimiser = optax.chain(
            optax.clip_by_global_norm(config.max_grad_norm), optax.adam(schedule, eps=config.adam_eps)
        )
        state = TrainState.create(apply_fn=network.apply, params=network.init(init_key, obs[0]), tx=optimiser)

        def env_step(carry: Any, _: None) -> tuple[Any, _Transition]:
            state, log, obs, key = carry
            key, action_key, step_key = jax.random.split(key, 3)
            logits, value = network.apply(state.params, obs)
            action = jax.random.categorical(action_key, logits)
            log_prob = jnp.take_along_axis(jax.nn.log_softmax(logits), action[..., None], axis=-1).squeeze(-1)
            keys = jax.random.split(step_key, config.num_envs)
            next_obs, log, reward, done = jax.vmap(step)(keys, log, action)
            return (state, log, next_obs, key), _Transition(done, action, value, reward, log_prob, obs, log.last)

        def backward(carry: Any, transition: _Transition) -> tuple[Any, jax.Array]:
            advantage, next_value = carry
            goes_on = 1 - transition.done
            delta = transition.reward + config.gamma * next_value * goes_on - transition.value
            advantage = delta + config.gamma * config.gae_lambda * goes_on * advantage
            return (advantage, transition.value), advantage

        def minibatch_step(state: TrainState, data: Any) -> tuple[TrainState, Any]:
            total, grads = jax.value_and_grad(loss, has_aux=True)(state.params, *data)
            return state.apply_gradients(grads=grads), total

        def update(carry: Any, _: None) -> tuple[Any, jax.Array]:
            (state, log, obs, key), batch = jax.lax.scan(env_step, carry, None, length=config.num_steps)
            _, last_value = network.apply(state.params, obs)
            start = (jnp.zeros_like(last_value), last_value)
            _, advantages = jax.lax.scan(backward, start, batch, reverse=True, unroll=16)
            data = (batch, advantages, advantages + batch.value)
            flat = jax.tree.map(lambda x: x.reshape(config.batch_size, *x.shape[2:]), data)

            def epoch(carry: Any, _: None) -> tuple[Any, Any]:
                state, key = carry
                key, order_key = jax.random.split(key)
                order = jax.random.permutation(order_key, config.batch_size)
                shuffled = jax.tree.map(lambda x: jnp.take(x, order, axis=0), flat)
                minibatches = jax.tree.map(lambda x: x.reshape(config.num_minibatches, -1, *x.shape[1:]), shuffled)
                state, losses = jax.lax.scan(minibatch_step, state, minibatches)
                return (state, key), losses

            (state, key), _ = jax.lax.scan(epoch, (state, key), None, length=config.update_epochs)
            return (state, log, obs, key), batch.last_return.mean()

        carry, returns = jax.lax.scan(update, (state, log, obs, key), None, length=config.num_updates)
        return returns, carry[0].params

    return train
