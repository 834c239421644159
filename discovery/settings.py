"""What the settings of all stages share; imports nothing, for the command line reads settings at start-up."""

METRICS = ("auc", "final")
"""Scores of a learning curve, see `discovery.rl.score`."""

NORMALISATIONS = ("drifts", "references")
"""What makes the scale of a benchmark's scores, see `discovery.benchmark.statistics.normalisation`."""

JOBS_THREAD = "drift-jobs"
"""The name of the thread in which a benchmark trains, which the end of the process must not wait for."""


def require(condition: bool, name: str, value: object, allowed: str) -> None:
    """Refuse a setting in one line that names it, the value got and what is allowed.

    Raises:
        ValueError: `condition` does not hold.
    """
    if not condition:
        raise ValueError(f"{name} must be {allowed}; got {value!r}")
