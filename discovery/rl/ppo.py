"""Proximal policy optimisation with any drift in the place of the clip."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from discovery.drifts.drift import Drift, Params
from discovery.rl.advantage import generalised_advantage
from discovery.rl.config import PPOConfig
from discovery.rl.diagnostics import thinned, update_diagnostics
from discovery.rl.loss import Batch, ppo_loss
from discovery.rl.networks import make_networks
from discovery.rl.normalise import Statistics, no_statistics, normalise_obs, normalise_reward, observe
from discovery.rl.policy import CATEGORICAL, DIAGONAL_GAUSSIAN
from discovery.rl.rollout import ActingState, collect, recent_return, start
from discovery.rl.task import Task


class TrainResult(NamedTuple):
    """What a training run leaves behind.

    Attributes:
        returns: the learning curve, `[num_updates]`: after each update's rollout, the mean over environments
            of the return of the last episode that each of them finished (those that have finished none are
            left out). Until an episode ends nothing is known, and the curve holds its first known value
            there, so that its mean is always the area under it. NaN means that the networks diverged in this
            update or before, or, all along, that no episode ever ended.
        episodes: how many of the environments have finished an episode so far, `[num_updates]` int32; the
            filled-in start of the curve is where it is 0.
        params: the networks at the end, `{"actor": ..., "critic": ...}`; the last finite ones if they diverged.
        ratio: on-policy r, `[num_samples]`: spread evenly over the updates, at random within each over its
            minibatches, at the moment of the gradient step.
        advantage: A of the same transitions, as the drift saw it (normalised within its minibatch).
        progress: n/N of the same transitions, as the drift saw it: n of N updates were done before theirs, so that
            it lies in [0, 1).
        statistics: what observations and rewards were normalised by at the end; the networks act on
            `normalise_obs(statistics, obs)`.
        diagnostics: the metrics of `discovery.rl.diagnostics`, `[points]` each; NaN from where the networks diverged.
            Empty unless asked for.
    """

    returns: jax.Array
    episodes: jax.Array
    params: Params
    ratio: jax.Array
    advantage: jax.Array
    progress: jax.Array
    statistics: Statistics
    diagnostics: dict[str, jax.Array]


class _Carry(NamedTuple):
    params: Params
    optimiser: Any
    acting: ActingState
    key: jax.Array
    statistics: Statistics
    healthy: jax.Array


Train = Callable[[jax.Array, Params], TrainResult]


def make_train(task: Task, config: PPOConfig, drift: Drift, *, num_samples: int = 0, diagnostics: int = 0) -> Train:
    """A pure function that trains one agent from scratch; jit it, and map it over keys and drift parameters.

    When only the drift parameters are mapped, all random numbers are drawn once for the whole population.

    Args:
        task: the environment.
        config: the settings; all are compiled in.
        drift: f(r, A), or f(r, A, n/N) with n the number of updates that are done, of N; its parameters are an
            argument of the result.
        num_samples: how many on-policy (r, A, n/N) triples to keep.
        diagnostics: over how many stretches of training to report what it does to the policy; 0 for not at all, and
            at most one an update.

    Returns:
        `train(key, drift_params) -> TrainResult`.

    Source: Schulman et al. 2017, arXiv 1707.06347, algorithm 1, with the objective of Mirror Learning
    (arXiv 2201.02373). The guarantee of Mirror Learning assumes exact maximisation; a few epochs of Adam on
    normalised advantages are outside it.
    """
    if num_samples < 0:
        raise ValueError(f"num_samples must be at least 0; got {num_samples}")
    if not 0 <= diagnostics <= config.num_updates:
        raise ValueError(f"diagnostics must be at least 0 and at most {config.num_updates} updates; got {diagnostics}")
    actor, critic = make_networks(task, config)
    policy = DIAGONAL_GAUSSIAN if task.continuous else CATEGORICAL
    samples_per_update = -(-num_samples // config.num_updates)
    steps_per_update = config.update_epochs * config.num_minibatches
    optimiser = optax.chain(
        optax.clip_by_global_norm(config.max_grad_norm),
        optax.adam(_learning_rate(config, steps_per_update), eps=config.adam_eps),
    )

    def init(key: jax.Array) -> _Carry:
        actor_key, critic_key, env_key, loop_key = jax.random.split(key, 4)
        obs = jnp.zeros(task.obs_size)
        params = {"actor": actor.init(actor_key, obs), "critic": critic.init(critic_key, obs)}
        acting = start(task, config.num_envs, key=env_key)
        statistics = no_statistics(
            task.obs_size, config.num_envs, obs=config.normalise_obs, reward=config.normalise_reward
        )
        return _Carry(params, optimiser.init(params), acting, loop_key, statistics, jnp.bool_(True))

    def rollout(
        params: Params, acting: ActingState, statistics: Statistics, key: jax.Array
    ) -> tuple[ActingState, Statistics, Batch]:
        """One batch of `[batch_size]` transitions with advantages and value targets.

        Everything that is learned from them sees observations as acting did, normalised by what was known before.
        """

        def act(obs: jax.Array) -> jax.Array:
            return jnp.asarray(actor.apply(params["actor"], normalise_obs(statistics, obs)))

        acting, steps = collect(task, policy, act, acting, config.num_steps, key=key)
        obs = normalise_obs(statistics, steps.obs)
        value = jnp.asarray(critic.apply(params["critic"], obs))
        next_value = jnp.asarray(critic.apply(params["critic"], normalise_obs(statistics, steps.next_obs)))
        done = steps.terminated | steps.truncated
        later, reward = normalise_reward(statistics, steps.reward, done, gamma=config.gamma)
        advantage = generalised_advantage(
            config.reward_scale * reward,
            value,
            next_value,
            steps.terminated,
            steps.truncated,
            gamma=config.gamma,
            gae_lambda=config.gae_lambda,
        )
        log_prob = policy.log_prob(steps.outputs, steps.action)
        batch = Batch(obs, steps.action, log_prob, advantage, advantage + value)
        batch = jax.tree.map(lambda x: x.reshape(config.batch_size, *x.shape[2:]), batch)
        return acting, observe(later, steps.obs), batch

    def update(carry: _Carry, progress: jax.Array, *, drift_params: Params) -> tuple[_Carry, tuple[Any, ...]]:
        key, rollout_key, order_key, sample_key = jax.random.split(carry.key, 4)
        acting, statistics, batch = rollout(carry.params, carry.acting, carry.statistics, rollout_key)

        def minibatch_step(state: tuple[Params, Any], indices: jax.Array) -> tuple[tuple[Params, Any], Any]:
            params, optimiser_state = state
            minibatch = jax.tree.map(lambda x: x[indices], batch)
            grads, seen = jax.grad(ppo_loss, has_aux=True)(
                params,
                minibatch,
                actor=actor.apply,
                critic=critic.apply,
                policy=policy,
                drift=drift,
                drift_params=drift_params,
                progress=progress,
                config=config,
            )
            updates, optimiser_state = optimiser.update(grads, optimiser_state)
            return (optax.apply_updates(params, updates), optimiser_state), seen if num_samples or diagnostics else None

        order = _shuffled(order_key, config.update_epochs, config.batch_size)
        (params, optimiser_state), seen = jax.lax.scan(
            minibatch_step, (carry.params, carry.optimiser), order.reshape(steps_per_update, -1)
        )
        ratio = advantage = jnp.zeros(0)
        if num_samples:
            picked = jax.random.randint(sample_key, (samples_per_update,), 0, seen.ratio.size)
            ratio, advantage = (x.reshape(-1)[picked] for x in (seen.ratio, seen.advantage))
        measured = {}
        if diagnostics:
            last = jax.tree.map(lambda x: x[-config.num_minibatches :].reshape(-1), seen)
            measured = update_diagnostics(drift, drift_params, last.ratio, last.advantage, last.entropy, progress)
        healthy = carry.healthy & jnp.isfinite(optax.tree.norm(params))
        params, optimiser_state, statistics = jax.tree.map(  # a diverged run is frozen: NaN neither spreads nor is lost
            lambda new, old: jnp.where(healthy, new, old),
            (params, optimiser_state, statistics),
            (carry.params, carry.optimiser, carry.statistics),
        )
        score, measured = jax.tree.map(lambda x: jnp.where(healthy, x, jnp.nan), (recent_return(acting), measured))
        known = jnp.sum(acting.finished)
        carry = _Carry(params, optimiser_state, acting, key, statistics, healthy)
        return carry, (score, known, ratio, advantage, measured)

    def train(key: jax.Array, drift_params: Params) -> TrainResult:
        def body(carry: _Carry, progress: jax.Array) -> tuple[_Carry, tuple[Any, ...]]:
            return update(carry, progress, drift_params=drift_params)

        progress = jnp.arange(config.num_updates) / config.num_updates
        carry, (scores, known, ratio, advantage, measured) = jax.lax.scan(body, init(key), progress)
        first = jnp.argmax(known > 0)
        returns = jnp.where(jnp.arange(config.num_updates) < first, scores[first], scores)
        spread = jnp.linspace(0, max(ratio.size - 1, 0), num_samples).astype(jnp.int32)
        samples = (x.reshape(-1)[spread] for x in (ratio, advantage, jnp.repeat(progress, samples_per_update)))
        return TrainResult(
            returns,
            known,
            carry.params,
            *samples,
            statistics=carry.statistics,
            diagnostics=thinned(measured, diagnostics) if diagnostics else {},
        )

    return train


def _shuffled(key: jax.Array, epochs: int, size: int) -> jax.Array:
    """A random order of 0 to size - 1 for every epoch, `[epochs, size]` uint32.

    One sort of one array, of random high bits above the index; `jax.random.permutation` sorts pairs, twice from 1,626
    on, which took four to ten times as long on CPU. Equal high bits fall in the order of the indices, which matters
    only for the few that lie where two minibatches meet.
    """
    width = (size - 1).bit_length()
    high = jax.random.bits(key, (epochs, size), jnp.uint32) >> width << width
    return jnp.sort(high | jnp.arange(size, dtype=jnp.uint32), axis=-1) & ((1 << width) - 1)


def _learning_rate(config: PPOConfig, steps_per_update: int) -> optax.ScalarOrSchedule:
    """Constant, or falling linearly from update to update (not within one)."""
    if not config.anneal_learning_rate:
        return config.learning_rate

    def schedule(count: jax.typing.ArrayLike) -> jax.Array:
        count = jnp.asarray(count)
        return config.learning_rate * (1.0 - (count // steps_per_update) / config.num_updates)

    return schedule
