"""A user's own environment, and the messages for what cannot be one."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gymnax.environments import spaces
from gymnax.environments.classic_control.cartpole import CartPole

import discovery
from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.rl import task as tasks
from discovery.rl.config import PPOConfig
from discovery.rl.own_task import register_task
from discovery.rl.ppo import make_train
from discovery.rl.task import make_task, task_names

TINY = PPOConfig(total_steps=512, num_envs=4, num_steps=64, update_epochs=1, hidden=(8,))


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    monkeypatch.setattr(tasks, "_registered", {})


class Odd(CartPole):
    """CartPole with another action space."""

    def __init__(self, space):
        super().__init__()
        self.space = space

    def action_space(self, params):
        return self.space


class Old(CartPole):
    """A step of gymnax before 1.0."""

    def step(self, key, state, action, params=None):
        obs, state, reward, terminated, _, info = super().step(key, state, action, params)
        return obs, state, reward, terminated, info


def test_gymnax_interface_with_its_own_parameters():
    env = CartPole()
    task = discovery.register_task("short-pole", env, env.default_params.replace(max_steps_in_episode=7))
    assert make_task("short-pole") is task
    assert "short-pole" in task_names()
    result = jax.jit(make_train(task, TINY, lower(ZOO["ppo"].expr)))(jax.random.key(0), ())
    assert np.max(np.asarray(result.returns)) <= 7
    plain = register_task("plain-pole", env)  # default parameters
    assert jax.eval_shape(plain.reset, jax.random.key(0))[1].shape == (4,)


def test_brax_interface_with_its_own_time_limit():
    from brax import envs

    task = register_task("sprint", envs.get_environment("fast"), episode_length=5)
    state, _ = task.reset(jax.random.key(0))
    ends = []
    for _ in range(10):
        step = task.step(jax.random.key(0), state, jnp.ones(1))
        ends.append(bool(step.truncated))
        state = step.state
    assert np.flatnonzero(ends).tolist() == [4, 9]


def test_the_nearest_own_name_is_offered():
    register_task("short-pole", CartPole())
    with pytest.raises(ValueError, match="did you mean short-pole"):
        make_task("shrt-pole")


@pytest.mark.parametrize("name", ["CartPole-v1", "ant", "swimmer", "two words", "a,b", "ant@mine", ""])
def test_a_name_that_is_taken_or_cannot_be_listed_is_refused(name):
    with pytest.raises(ValueError, match="name must be"):
        register_task(name, CartPole())


def test_a_second_registration_of_a_name_is_refused():
    register_task("mine", CartPole())
    with pytest.raises(ValueError, match="'mine', which is an environment already"):
        register_task("mine", CartPole())


@pytest.mark.parametrize(
    ("env", "arguments", "message"),
    [
        (object(), {}, r"got object, which lacks reset, step, action_space, action_size"),
        (Odd(spaces.Tuple([spaces.Discrete(2)])), {}, "Tuple action space; only Discrete and Box"),
        (Odd(spaces.Dict({"a": spaces.Discrete(2)})), {}, "Dict action space; only Discrete and Box"),
        (Old(), {}, "step must return .*gymnax 1.0; got 5 values"),
        (CartPole(), {"episode_length": 5}, "episode_length must be None"),
    ],
)
def test_what_cannot_be_a_task_is_refused_in_one_line_and_not_registered(env, arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        register_task("mine", env, **arguments)
    assert "\n" not in str(caught.value)
    assert "mine" not in task_names()


def test_brax_environments_that_cannot_be_a_task_are_refused():
    from brax import envs

    with pytest.raises(ValueError, match="one array; got dict"):
        register_task("mine", envs.get_environment("fast", obs_mode="dict_state"))
    with pytest.raises(ValueError, match="wrapped for training already"):
        register_task("mine", envs.create("fast"))
    with pytest.raises(ValueError, match="params must be None"):
        register_task("mine", envs.get_environment("fast"), {})


@pytest.mark.parametrize(("name", "absent"), [("CartPole-v1", "brax"), ("fast", "gymnax")])
def test_a_task_imports_its_own_library_only(name, absent):
    code = f"import sys\nfrom discovery.rl.task import make_task\nmake_task({name!r})\nprint({absent!r} in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert out == "False\n"
