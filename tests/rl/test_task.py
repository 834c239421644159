"""Tasks: shapes, episode ends, bookkeeping and the messages for unknown names."""

import gymnax
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.rl.task import GYMNAX_TASKS, UNSUPPORTED, make_task

CLASSIC_CONTROL = ("CartPole-v1", "Pendulum-v1", "Acrobot-v1", "MountainCar-v0", "MountainCarContinuous-v0")


def zero_action(task):
    return jnp.zeros(task.action_size) if task.continuous else jnp.int32(0)


def test_every_environment_of_gymnax_is_a_task_or_is_said_not_to_be():
    assert {*GYMNAX_TASKS, "MNISTBandit-bsuite"} == set(gymnax.registered_envs)
    assert "MNISTBandit-bsuite" in UNSUPPORTED


@pytest.mark.parametrize("name", GYMNAX_TASKS)
def test_every_task_has_the_declared_shapes(name):
    task = make_task(name)

    def one_step(key):
        state, obs = task.reset(key)
        return obs, task.step(key, state, zero_action(task))

    assert np.prod(task.obs_shape) == task.obs_size
    obs, step = jax.eval_shape(one_step, jax.random.key(0))
    for array in (obs, step.obs, step.next_obs):
        assert (array.shape, array.dtype) == ((task.obs_size,), jnp.float32)
    for array in (step.reward, step.episode_return):
        assert (array.shape, array.dtype) == ((), jnp.float32)
    for array in (step.terminated, step.truncated):
        assert (array.shape, array.dtype) == ((), jnp.bool_)


def play(name, steps, action=None, seed=0):
    task = make_task(name)
    action = zero_action(task) if action is None else action

    def step(state, key):
        result = task.step(key, state, action)
        return result.state, result

    state, _ = task.reset(jax.random.key(seed))
    return jax.jit(lambda s, k: jax.lax.scan(step, s, k)[1])(state, jax.random.split(jax.random.key(1), steps))


@pytest.mark.parametrize("name", CLASSIC_CONTROL)
def test_episodes_end_and_their_returns_add_up(name):
    steps = play(name, 1100)
    ends = np.flatnonzero(steps.terminated | steps.truncated)
    assert len(ends) >= 1
    start = 0
    for end in ends:
        assert float(steps.episode_return[end]) == pytest.approx(float(np.sum(steps.reward[start : end + 1])), rel=1e-4)
        start = end + 1
    same = np.all(np.asarray(steps.obs) == np.asarray(steps.next_obs), axis=1)
    np.testing.assert_array_equal(np.flatnonzero(~same), ends)  # they differ exactly where an episode ended


def test_pendulum_is_truncated_every_200_steps_and_never_terminates():
    steps = play("Pendulum-v1", 600)
    assert not steps.terminated.any()
    np.testing.assert_array_equal(np.flatnonzero(steps.truncated), [199, 399, 599])


def test_a_falling_pole_terminates_and_is_not_truncated():
    steps = play("CartPole-v1", 30)
    assert steps.terminated.any()
    assert not steps.truncated.any()


def test_an_image_can_be_had_back_from_the_flat_observation():
    task = make_task("Breakout-MinAtar")
    assert task.obs_shape == (10, 10, 4)
    env, params = gymnax.make("Breakout-MinAtar")
    image, _ = env.reset(jax.random.key(0), params)
    np.testing.assert_array_equal(task.reset(jax.random.key(0))[1].reshape(task.obs_shape), image)


def test_a_position_that_is_a_number_becomes_one_hot():
    task = make_task("FrozenLake-misc")
    obs = task.reset(jax.random.key(0))[1]
    assert np.sort(np.asarray(obs)).tolist() == [0.0] * (task.obs_size - 1) + [1.0]


def test_actions_are_clipped_to_the_bounds():
    far, bound = (play("Pendulum-v1", 5, action=jnp.array([a])) for a in (50.0, 2.0))
    np.testing.assert_array_equal(far.reward, bound.reward)
    inside = play("Pendulum-v1", 5, action=jnp.array([1.0]))
    assert not np.array_equal(far.reward, inside.reward)


def test_an_unknown_name_gets_the_nearest_one():
    with pytest.raises(ValueError, match=r"unknown environment 'cartpol'.*did you mean CartPole-v1"):
        make_task("cartpol")
