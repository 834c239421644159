"""Running statistics against numpy over all the data, and scaled rewards against a plain loop."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.rl.config import PPOConfig
from discovery.rl.normalise import (
    CLIP,
    Statistics,
    merge,
    no_statistics,
    normalise_obs,
    normalise_reward,
    nothing_seen,
    observe,
)
from discovery.rl.ppo import make_train
from discovery.rl.task import Task, TaskState, TaskStep

TINY = PPOConfig(total_steps=512, num_envs=4, num_steps=32, update_epochs=2, hidden=(8,), gamma=0.9)


def test_merged_moments_are_those_of_all_data():
    rng = np.random.default_rng(0)
    batches = [rng.normal(50, scale, (size, 3)).astype(np.float32) for scale, size in ((1, 7), (5, 1), (0.1, 40))]
    moments = nothing_seen((3,))
    for batch in batches:
        moments = merge(moments, jnp.asarray(batch))
    every = np.concatenate(batches).astype(np.float64)
    assert float(moments.number) == len(every)
    np.testing.assert_allclose(moments.mean, every.mean(0), rtol=1e-5)
    np.testing.assert_allclose(moments.variance, every.var(0), rtol=1e-4)


def test_fifty_million_observations_do_not_exhaust_float32():
    """A sum of squares would: the count alone is beyond float32's integers."""
    rng = np.random.default_rng(0)
    batch = jnp.asarray(rng.normal(3, 2, (20_480, 1)), jnp.float32)
    moments = jax.jit(lambda: jax.lax.fori_loop(0, 2500, lambda i, m: merge(m, batch), nothing_seen((1,))))()
    assert float(moments.number) == pytest.approx(2500 * 20_480, rel=1e-3)
    np.testing.assert_allclose(moments.mean, np.mean(batch, 0), rtol=1e-4)
    np.testing.assert_allclose(moments.variance, np.var(batch, 0), rtol=1e-3)


def test_normalised_observations_have_mean_zero_deviation_one_and_a_bound():
    rng = np.random.default_rng(0)
    obs = jnp.asarray(rng.normal([5, -2], [3, 0.1], (40, 6, 2)), jnp.float32)
    statistics = observe(no_statistics(2, 6, obs=True, reward=False), obs)
    scaled = np.asarray(normalise_obs(statistics, obs)).reshape(-1, 2)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(0), 1, rtol=1e-4)
    np.testing.assert_array_equal(normalise_obs(statistics, jnp.array([1e9, -1e9])), [CLIP, -CLIP])


def test_nothing_seen_leaves_observations_as_they_are():
    obs = jnp.array([[0.5, -3.0]])
    for on in (True, False):
        np.testing.assert_allclose(normalise_obs(no_statistics(2, 1, obs=on, reward=False), obs), obs, rtol=1e-6)


def test_scaled_rewards_match_a_plain_loop_over_rollouts_and_episodes():
    rng = np.random.default_rng(0)
    gamma, envs = 0.9, 3
    statistics, seen, running = no_statistics(1, envs, obs=False, reward=True), [], np.zeros(envs)
    for steps in (20, 5, 30):
        reward = rng.normal(2, 5, (steps, envs))
        done = rng.random((steps, envs)) < 0.2
        for t in range(steps):
            for b in range(envs):
                running[b] = gamma * running[b] + reward[t, b]
                seen.append(running[b])
                if done[t, b]:
                    running[b] = 0.0
        statistics, scaled = normalise_reward(
            statistics, jnp.asarray(reward, jnp.float32), jnp.asarray(done), gamma=gamma
        )
        expected = np.clip(reward / np.sqrt(np.var(seen) + 1e-8), -CLIP, CLIP)
        np.testing.assert_allclose(scaled, expected, rtol=1e-4)
    assert statistics.discounted is not None
    np.testing.assert_allclose(statistics.discounted, running, rtol=1e-4)


def test_switched_off_nothing_changes():
    statistics, reward = no_statistics(1, 2, obs=False, reward=False), jnp.ones((3, 2))
    after, same = normalise_reward(statistics, reward, jnp.zeros((3, 2), bool), gamma=0.9)
    assert (after, observe(after, jnp.ones((3, 2, 1)))) == (Statistics(None, None, None),) * 2
    np.testing.assert_array_equal(same, reward)


def counting(scale: float, reward_scale: float = 1.0) -> Task:
    """Episodes of 20 steps that show scale * (step + a random start); moving on pays."""

    def reset(key):
        start = jax.random.uniform(key)
        return TaskState((start, jnp.int32(0)), jnp.float32(0)), jnp.array([scale * start])

    def step(key, state, action):
        value, count = state.env[0] + action, state.env[1] + 1
        done = count >= 20
        reward = reward_scale * jnp.asarray(action, jnp.float32)
        total = state.episode_return + reward
        after = TaskState((jnp.where(done, 0.0, value), jnp.where(done, 0, count)), jnp.where(done, 0.0, total))
        seen = jnp.array([scale * value])
        return TaskStep(after, jnp.array([scale * after.env[0]]), seen, reward, jnp.bool_(False), done, total)

    return Task("counting", 1, 2, False, reset, step)


@pytest.fixture(scope="module")
def ppo():
    return lower(ZOO["ppo"].expr)


def test_runs_return_the_statistics_of_all_that_they_acted_on(ppo):
    config = replace(TINY, normalise_obs=True, normalise_reward=True, update_epochs=1, num_minibatches=1)
    train = jax.vmap(make_train(counting(1000.0), config, ppo, num_samples=512), in_axes=(0, None))
    result = jax.jit(train)(jax.random.split(jax.random.key(0), 2), ())
    obs, reward = result.statistics.obs, result.statistics.reward
    assert obs.number.tolist() == reward.number.tolist() == [config.env_steps] * 2
    assert ((obs.mean > 1000) & (obs.mean < 15_000)).all()
    assert not np.allclose(obs.mean[0], obs.mean[1])  # each its own
    # one gradient step on the whole batch: had the loss seen other observations than acting did, r would not be 1
    np.testing.assert_allclose(result.ratio, 1, atol=1e-4)


def test_the_scale_of_rewards_does_not_matter_once_they_are_normalised(ppo):
    config = replace(TINY, normalise_reward=True)
    small, large = (
        jax.jit(make_train(counting(1.0, scale), config, ppo))(jax.random.key(0), ()).returns / scale
        for scale in (1.0, 1024.0)
    )
    np.testing.assert_allclose(small, large, rtol=1e-3)
