"""Evolve a neural drift, distil it into a formula, prove it, compile it, re-run it."""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """What is imported when it is asked for: the command line starts without scikit-learn and jax."""
    if name == "DriftRegressor":
        from discovery.regressor import DriftRegressor

        return DriftRegressor
    if name == "register_task":
        from discovery.rl.own_task import register_task

        return register_task
    raise AttributeError(f"module 'discovery' has no attribute {name!r}")
