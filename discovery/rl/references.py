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


def reference_return(name: str) -> float | None:
    """The published return of a trained agent on this task; None where there is none."""
    reference = REFERENCES.get(name)
    return None if reference is None else reference.value
