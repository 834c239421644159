"""Environments that are benchmarked together, each with settings that were published for PPO: ppo's home ground.

The settings are those of `discovery.rl.tuned`, with the sources named there. Where a suite takes fewer steps than were
published, it says so; a learning rate that is annealed then falls over the steps that are taken.
"""

from dataclasses import replace
from difflib import get_close_matches

from discovery.rl.config import PPOConfig
from discovery.rl.tuned import tuned

_STEPS: dict[str, dict[str, int | None]] = {  # None: as many as published
    "quick": {"CartPole-v1": 100_000, "Acrobot-v1": 50_000, "Pendulum-v1": 100_000},
    "classic": {
        "CartPole-v1": 250_000,  # of 500,000
        "Acrobot-v1": 100_000,  # of 500,000: solved by then
        "Pendulum-v1": 200_000,  # of 400,000
        "MountainCarContinuous-v0": 100_000,  # of 400,000: solved by then
    },
    "minatar": dict.fromkeys(
        ("Asterix-MinAtar", "Breakout-MinAtar", "Freeway-MinAtar", "SpaceInvaders-MinAtar")  # Seaquest is 100x slower
    ),
    "brax": dict.fromkeys(("ant", "halfcheetah", "hopper", "humanoid", "reacher", "walker2d")),
}
SUITES = tuple(_STEPS)


def suite_settings(suite: str) -> dict[str, PPOConfig]:
    """The inner loop of each environment of a suite.

    Raises:
        ValueError: there is no such suite.
    """
    if suite not in _STEPS:
        close = get_close_matches(suite, SUITES, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"unknown suite {suite!r}{hint} (allowed: {', '.join(SUITES)})")
    return {
        env: tuned(env) if steps is None else replace(tuned(env), total_steps=steps)
        for env, steps in _STEPS[suite].items()
    }
