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
    "MemoryChain-bsuite",
    "SimpleBandit-bsuite",
    "UmbrellaChain-bsuite",
    "BernoulliBandit-misc",
    "FourRooms-misc",
    "FrozenLake-misc",
    "GaussianBandit-misc",
    "MetaMaze-misc",
    "PointRobot-misc",
    "Pong-misc",
    "Reacher-misc",
    "Swimmer-misc",
)
BRAX_TASKS = (
    "ant",
    "fast",
    "halfcheetah",
    "hopper",
    "humanoid",
    "humanoidstandup",
    "inverted_pendulum",
    "inverted_double_pendulum",
    "pusher",
    "reacher",
    "walker2d",
)
"""Each also as NAME@BACKEND; `fast` has no physics and is for tests."""
BRAX_BACKENDS = ("spring", "positional", "generalized", "mjx")
"""The first is what a bare name means: it is 2 to 10 times as fast as the others."""
UNSUPPORTED = {
    "MNISTBandit-bsuite": "it downloads its images when it is made, and nothing here may depend on a network",
    "swimmer": "Brax has it on the generalized backend only, whose drag forces call JAX in a way that JAX 0.10 refuses",
}


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
        obs_shape: the environment's own shape of an observation, whose product is `obs_size`; (10, 10, channels)
            for the MinAtar games.
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
    obs_shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "obs_shape", self.obs_shape or (self.obs_size,))


_registered: dict[str, Task] = {}


def task_names() -> tuple[str, ...]:
    """The names that `make_task` knows; those of Brax may also name a backend, as in `ant@mjx`."""
    return (*GYMNAX_TASKS, *BRAX_TASKS, *_registered)


def make_task(name: str) -> Task:
    """The task of this name: gymnax's, Brax's (`ant`, or `ant@mjx` for a named backend), or a registered one.

    Only the library that has it is imported.

    Raises:
        ValueError: an unknown name; the message has the nearest known one. A known one that cannot be supported;
            the message says why.
    """
    if name in _registered:
        return _registered[name]
    if name in GYMNAX_TASKS:
        from discovery.rl.gymnax_task import gymnax_task

        return gymnax_task(name)
    base, _, backend = name.partition("@")
    if base in BRAX_TASKS:
        if name != base and backend not in BRAX_BACKENDS:
            raise ValueError(f"the backend in {name!r} must be one of {', '.join(BRAX_BACKENDS)}; got {backend!r}")
        from discovery.rl.brax_task import brax_task

        return brax_task(name, base, backend or BRAX_BACKENDS[0])
    if base in UNSUPPORTED:
        raise ValueError(f"environment {name} is not supported: {UNSUPPORTED[base]}")
    lower = {known.lower(): known for known in task_names()}
    nearest = difflib.get_close_matches(base.lower(), list(lower), n=1, cutoff=0.4)
    hint = f"did you mean {lower[nearest[0]]}? " if nearest else ""
    raise ValueError(
        f"unknown environment {name!r}: {hint}known are {', '.join(task_names())}, "
        f"Brax's also as NAME@BACKEND with {', '.join(BRAX_BACKENDS)}"
    )


def add_task(task: Task) -> None:
    """Make `make_task` know a task under its own name; see `discovery.rl.own_task.register_task`.

    Raises:
        ValueError: a name that is taken, empty, or cannot be written in a list of names.
    """
    if task.name in (*task_names(), *UNSUPPORTED):
        raise ValueError(f"name must be a new one; got {task.name!r}, which is an environment already")
    if not task.name or set(task.name) & set(", @"):
        raise ValueError(f"name must be non-empty and without comma, blank and @; got {task.name!r}")
    _registered[task.name] = task
