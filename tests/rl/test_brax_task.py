"""Brax tasks: names, backends, episode ends, restarts. `fast` has no physics and compiles in a moment."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import struct

from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.rl.brax_task import wrap_brax
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.task import BRAX_BACKENDS, BRAX_TASKS, make_task


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Brax writes to stdout and warns when it is imported: a task must keep both to itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


def steps_of(task, count, action):
    def step(state, key):
        result = task.step(key, state, action)
        return result.state, (result, state)

    state, obs = task.reset(jax.random.key(0))
    return obs, jax.jit(lambda s: jax.lax.scan(step, s, jax.random.split(jax.random.key(1), count))[1])(state)


def test_the_names_are_those_of_brax_but_for_the_one_that_cannot_step():
    from brax import envs

    assert set(BRAX_TASKS) | {"swimmer"} == set(envs._envs)


@pytest.mark.parametrize(
    "name",
    [
        "fast",
        "inverted_pendulum",
        *(
            pytest.param(f"{name}@{backend}", marks=pytest.mark.slow)
            for name in BRAX_TASKS
            for backend in BRAX_BACKENDS
        ),
    ],
)
def test_shapes_under_vmap(name, capfd):
    task = make_task(name)

    def one_step(key):
        state, obs = task.reset(key)
        return state, obs, task.step(key, state, jnp.zeros(task.action_size))

    state, obs, step = jax.eval_shape(jax.vmap(one_step), jax.random.split(jax.random.key(0), 2))
    for array in (obs, step.obs, step.next_obs):
        assert (array.shape, array.dtype) == ((2, task.obs_size), jnp.float32)
    assert step.reward.dtype == step.episode_return.dtype == jnp.float32
    assert step.terminated.dtype == step.truncated.dtype == jnp.bool_
    assert jax.tree.map(lambda x: (x.shape, x.dtype), jax.tree.leaves(state)) == jax.tree.map(
        lambda x: (x.shape, x.dtype), jax.tree.leaves(step.state)
    )
    assert task.continuous
    assert task.obs_shape == (task.obs_size,)
    assert capfd.readouterr().out == ""


def test_an_episode_without_end_is_truncated_after_1000_steps_and_starts_again():
    """`fast` moves as long as the action is positive: position after n steps is the sum of the speeds."""
    first, (steps, _) = steps_of(make_task("fast"), 2001, jnp.ones(1))
    np.testing.assert_array_equal(np.flatnonzero(steps.truncated), [999, 1999])
    assert not steps.terminated.any()
    np.testing.assert_array_equal(steps.obs[999], first)
    assert float(steps.next_obs[999, 1]) == pytest.approx(1000 * 0.02, rel=1e-3)  # speed before the restart
    assert float(steps.episode_return[999]) == pytest.approx(float(np.sum(steps.reward[:1000])), rel=1e-3)
    assert float(steps.episode_return[1000]) == float(steps.reward[1000])
    np.testing.assert_allclose(steps.reward[:1000], steps.reward[1000:2000], rtol=1e-6)


class Line(struct.PyTreeNode):
    """A state with Brax's fields."""

    pipeline_state: jax.Array
    obs: jax.Array
    reward: jax.Array
    done: jax.Array
    metrics: dict
    info: dict


class Walk:
    """Brax's interface without physics: the action is the speed, and the episode ends beyond 3."""

    action_size = 1

    def reset(self, rng):
        x = jax.random.uniform(rng)
        zero = jnp.zeros(())
        return Line(x, x[None], zero, zero, {"x": x}, {"steps_ever": zero})

    def step(self, state, action):
        x = state.pipeline_state + action[0]
        state.metrics.update(x=x)
        state.info["steps_ever"] += 1
        return state.replace(pipeline_state=x, obs=x[None], reward=x, done=jnp.asarray(x > 3, jnp.float32))


def test_a_termination_is_no_truncation_and_the_walk_starts_again_where_it_first_did():
    first, (steps, states) = steps_of(wrap_brax("walk", Walk()), 12, jnp.ones(1))
    np.testing.assert_array_equal(np.flatnonzero(steps.terminated), [2, 5, 8, 11])
    assert not steps.truncated.any()
    np.testing.assert_array_equal(steps.obs[2::3], np.broadcast_to(first, (4, 1)))
    np.testing.assert_allclose(steps.next_obs[2::3, 0], float(first[0]) + 3, rtol=1e-6)
    np.testing.assert_array_equal(states.env.steps, [0, 1, 2] * 4)
    np.testing.assert_array_equal(states.env.now.info["steps_ever"], np.arange(12))  # info goes on, as in Brax
    np.testing.assert_allclose(steps.episode_return[2::3], 3 * float(first[0]) + 6, rtol=1e-6)


def test_where_an_end_and_the_time_limit_meet_both_are_told():
    _, (steps, _) = steps_of(wrap_brax("walk", Walk(), episode_length=3), 3, jnp.ones(1))
    assert steps.terminated.tolist() == steps.truncated.tolist() == [False, False, True]


def test_actions_are_clipped_to_one():
    far, bound, inside = (steps_of(wrap_brax("walk", Walk()), 2, jnp.full(1, a))[1][0].obs for a in (9.0, 1.0, 0.5))
    np.testing.assert_array_equal(far, bound)
    assert not np.array_equal(far, inside)


def test_stepping_leaves_the_state_it_was_given_alone():
    task = wrap_brax("walk", Walk())
    state, _ = task.reset(jax.random.key(0))
    task.step(jax.random.key(0), state, jnp.ones(1))
    assert float(state.env.now.info["steps_ever"]) == float(state.env.first.info["steps_ever"]) == 0


def test_ppo_learns_to_walk_out():
    config = PPOConfig(total_steps=8192, num_envs=8, num_steps=64, reward_scale=1.0, normalise_obs=True)
    task = wrap_brax("walk", Walk(), episode_length=20)
    result = jax.jit(make_train(task, config, lower(ZOO["ppo"].expr)))(jax.random.key(0), ())
    assert result.returns[-1] > result.returns[0] + 5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ants", "did you mean ant"),
        ("hoper@mjx", "did you mean hopper"),
        ("ant@mujoco", f"backend in 'ant@mujoco' must be one of {', '.join(BRAX_BACKENDS)}"),
        ("ant@", "backend in 'ant@' must be one of"),
        ("swimmer", "swimmer is not supported: .*generalized backend only"),
        ("MNISTBandit-bsuite", "MNISTBandit-bsuite is not supported: it downloads"),
    ],
)
def test_a_name_that_cannot_be_made_is_refused_in_one_line(name, message):
    with pytest.raises(ValueError, match=message) as caught:
        make_task(name)
    assert "\n" not in str(caught.value)
