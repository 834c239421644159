"""A stand-in for the inner loop with a known optimum: meta-training's own logic, without training a single agent."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from discovery.metatrain import programs
from discovery.metatrain.config import MetaTrainConfig
from discovery.metatrain.loop import meta_train
from discovery.metatrain.programs import InnerLoop
from discovery.rl.config import PPOConfig
from discovery.rl.task import Task

CONFIG = MetaTrainConfig(
    variant="residual", width=2, generations=4, population=6, sigma=0.3, evaluate_every=2, evaluate_seeds=3
)
PPO = PPOConfig(total_steps=128, num_envs=4, num_steps=8, hidden=(4,))
NOISE = 0.01


class Curve(NamedTuple):
    returns: jax.Array


def toy_task(name: str) -> Task:
    """A task that is never stepped."""
    return Task(name, 1, 1, True, None, None)  # type: ignore[arg-type]


TASKS = {"near": -1.0, "far": -100.0, "broken": jnp.nan}
LOOPS = [InnerLoop(toy_task("near"), PPO)]


def make_toy_train(task, config, drift, **_):
    """Returns TASKS[name] |params - 1|^2 and a little noise; of no drift and of the clip, the marks 2 and 3."""

    def train(key, params):
        network = params["params"][0] if "index" in params else params
        value = TASKS[task.name] * jnp.sum(jnp.square(ravel_pytree(network)[0] - 1.0))
        if "index" in params:
            value = jnp.where(params["index"] == programs.NETWORK, value, 1.0 + params["index"])
        return Curve(jnp.full(5, value) + NOISE * jax.random.normal(key))

    return train


def toy_reports(monkeypatch, loops=LOOPS, config=CONFIG, **kwargs):
    """All reports of a toy run."""
    patch(monkeypatch)
    return list(meta_train(loops, config, **kwargs))


def patch(monkeypatch, make_train=make_toy_train):
    """Put the toy in the place of the inner loop; programs compiled with another one are forgotten."""
    monkeypatch.setattr(programs, "make_train", make_train)
    programs.compiled_programs.cache_clear()
