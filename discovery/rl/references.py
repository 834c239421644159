"""Published returns to hold a learning curve against. Imports nothing."""

from typing import NamedTuple


class Reference(NamedTuple):
    """An undiscounted episode return, in the task's own units, and where it was published."""

    value: float
    source: str


_PPO = "gymnax's README: its PPO checkpoint"
_ES = "gymnax's README: its evolution-strategy checkpoint"

REFERENCES = {
    "CartPole-v1": Reference(500, _PPO),
    "Pendulum-v1": Reference(-130, _PPO),
    "Acrobot-v1": Reference(-80, _PPO),
    "MountainCar-v0": Reference(-118, _PPO),
    "MountainCarContinuous-v0": Reference(92, _PPO),
    "Asterix-MinAtar": Reference(15, _PPO),
    "Breakout-MinAtar": Reference(28, _PPO),
    "Freeway-MinAtar": Reference(58, _PPO),
    "SpaceInvaders-MinAtar": Reference(131, _PPO),
    "Catch-bsuite": Reference(1, _PPO),
    "FourRooms-misc": Reference(1, _PPO),
    "MetaMaze-misc": Reference(32, _ES),
    "PointRobot-misc": Reference(10, _ES),
    "BernoulliBandit-misc": Reference(90, _ES),
    "GaussianBandit-misc": Reference(0, _ES),
}
"""What a trained agent reached. Brax's returns depend on backend and version, and none are listed."""

_GYM = "reward threshold in OpenAI Gym's registry"

SOLVED = {
    "CartPole-v1": Reference(475, _GYM),
    "Acrobot-v1": Reference(-100, _GYM),
    "MountainCar-v0": Reference(-110, _GYM),
    "MountainCarContinuous-v0": Reference(90, _GYM),
}
"""From what mean return on a task counts as solved. Gym has none for Pendulum."""


class RandomReturn(NamedTuple):
    """The mean undiscounted episode return of uniformly random actions, its standard error, and over what episodes."""

    value: float
    standard_error: float
    episodes: int


RANDOM = {
    "CartPole-v1": RandomReturn(22.159, 0.092, 16_384),
    "Pendulum-v1": RandomReturn(-1230.9, 2.3, 16_384),
    "Acrobot-v1": RandomReturn(-498.76, 0.095, 16_384),
    "MountainCar-v0": RandomReturn(-200, 0, 16_384),
    "MountainCarContinuous-v0": RandomReturn(-33.149, 0.032, 16_384),
    "Asterix-MinAtar": RandomReturn(0.49677, 0.0069, 16_384),
    "Breakout-MinAtar": RandomReturn(0.41052, 0.0052, 16_384),
    "Freeway-MinAtar": RandomReturn(0.40479, 0.0049, 16_384),
    "SpaceInvaders-MinAtar": RandomReturn(4.1834, 0.025, 16_384),
    "Catch-bsuite": RandomReturn(-0.60083, 0.0062, 16_384),
    "FourRooms-misc": RandomReturn(0.45593, 0.0039, 16_384),
    "MetaMaze-misc": RandomReturn(7.8412, 0.074, 16_384),
    "PointRobot-misc": RandomReturn(0.19727, 0.0036, 16_384),
    "BernoulliBandit-misc": RandomReturn(49.945, 0.039, 16_384),
    "GaussianBandit-misc": RandomReturn(-50.919, 0.4, 16_384),
    "Seaquest-MinAtar": RandomReturn(0.10645, 0.013, 1_024),
}
"""Measured by `python -m benchmarks.random_returns` with gymnax 1.0.1; actions are uniform over the action space."""


def reference_return(name: str) -> float | None:
    """The published return of a trained agent on this task; None where there is none."""
    reference = REFERENCES.get(name)
    return None if reference is None else reference.value
