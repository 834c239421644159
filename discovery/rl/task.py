"""What PPO needs of an environment, behind one interface, whatever library it comes from."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax

GYMNAX_TASKS = (
    "CartPole-v1",
    "Pendulum-v1",
    "Acrobot-v1",
    "MountainCar-v0",
    "MountainCarContinuous-v0",
    "Asterix-MinAtar",
    "Breakout-MinAtar",
    "Freeway-MinAtar",
    "Seaquest-MinAtar",
    "SpaceInvaders-MinAtar",
    "Catch-bsuite",
    "DeepSea-bsuite",
    "DiscountingChain-bsuite",
    "UmbrellaChain-bsuite",
    "PointRobot-misc",
    "Reacher-misc",
    "Swimmer-misc",
)


class TaskState(NamedTuple):
    """The state of one environment.

    Attributes:
        env: the library's own state, a pytree.
        episode_return: undiscounted return of the running episode so far, `[]`.
    """

    env: Any
    episode_return: jax.Array


class TaskStep(NamedTuple):
    """What one step of one environment gives.

    Attributes:
        state: the state to go on from; that of a fresh episode if this one ended.
        obs: what the policy sees next, `[obs_size]`; a fresh episode's first if this one ended.
        next_obs: the observation that the action led to, before any reset, `[obs_size]`.
        reward: `[]` float32.
        terminated: `[]` bool; the episode ended by the task's own rules, and nothing follows.
        truncated: `[]` bool; a time limit cut it, and the value of `next_obs` would have followed. Where both
            are set, `terminated` counts.
        episode_return: return of the episode up to and including this step, `[]`.
    """

    state: TaskState
    obs: jax.Array
    next_obs: jax.Array
    reward: jax.Array
    terminated: jax.Array
    truncated: jax.Array
    episode_return: jax.Array


@dataclass(frozen=True)
class Task:
    """A pair of pure functions over a single environment, and the sizes a policy needs.

    Attributes:
        name: as given to `make_task`.
        obs_size: length of the flattened float32 observation.
        action_size: number of actions if discrete, dimensions of the action if continuous.
        continuous: whether actions are `[action_size]` floats (clipped to the task's bounds inside `step`) or
            `[]` int32.
        reset: `reset(key) -> (TaskState, obs)`.
        step: `step(key, state, action) -> TaskStep`, which starts a fresh episode when one ends.
    """

    name: str
    obs_size: int
    action_size: int
    continuous: bool
    reset: Callable[[jax.Array], tuple[TaskState, jax.Array]]
    step: Callable[[jax.Array, TaskState, jax.Array], TaskStep]


def task_names() -> tuple[str, ...]:
    """The names that `make_task` knows."""
    return GYMNAX_TASKS


def make_task(name: str) -> Task:
    """The task of this name.

    Raises:
        ValueError: an unknown name; the message has the nearest known one.
    """
    if name in GYMNAX_TASKS:
        from discovery.rl.gymnax_task import gymnax_task

        return gymnax_task(name)
    lower = {known.lower(): known for known in task_names()}
    nearest = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.4)
    hint = f"did you mean {lower[nearest[0]]}? " if nearest else ""
    raise ValueError(f"unknown environment {name!r}: {hint}known are {', '.join(task_names())}")
