"""Evolve a neural drift, distil it into a formula, prove it, compile it, re-run it."""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`discovery.DriftRegressor`, imported when it is asked for: the command line starts without scikit-learn."""
    if name == "DriftRegressor":
        from discovery.regressor import DriftRegressor

        return DriftRegressor
    raise AttributeError(f"module 'discovery' has no attribute {name!r}")
