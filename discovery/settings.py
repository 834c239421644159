"""What all stages share; imports next to nothing, for the command line reads settings at start-up."""

import json
from collections.abc import Callable, Mapping
from typing import Any

METRICS = ("auc", "final")
"""Scores of a learning curve, see `discovery.rl.score`."""

NORMALISATIONS = ("drifts", "references")
"""What makes the scale of a benchmark's scores, see `discovery.benchmark.statistics.normalisation`."""

JOBS_THREAD = "drift-jobs"
"""The name of the threads in which a benchmark trains, which the end of the process must not wait for."""


def require(condition: bool, name: str, value: object, allowed: str) -> None:
    """Refuse a setting in one line that names it, the value got and what is allowed.

    Raises:
        ValueError: `condition` does not hold.
    """
    if not condition:
        raise ValueError(f"{name} must be {allowed}; got {value!r}")


def strict_json(
    data: Any,
    *,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    default: Callable[[Any], Any] | None = None,
) -> str:
    """JSON text with null for NaN and infinities, which JSON does not have."""
    return json.dumps(_finite(data), indent=indent, separators=separators, default=default, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
