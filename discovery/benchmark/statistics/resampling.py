"""The stratified bootstrap: resamples as counts, and intervals from them."""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
REPETITIONS = 2_000
ENDS = (0.025, 0.975)  # of a 95% percentile interval


class Interval(NamedTuple):
    """A point estimate with the ends of its 95% bootstrap interval."""

    value: float
    low: float
    high: float


class Band(NamedTuple):
    """Point estimates [points] with the ends of their pointwise 95% bootstrap intervals, [points] each."""

    value: Array
    low: Array
    high: Array


def score_matrix(scores: Array) -> Array:
    """Scores as float64 [num_runs, num_tasks]; a vector is one task.

    Raises:
        ValueError: another number of dimensions, no runs or tasks, a score that is not finite.
    """
    matrix = np.asarray(scores, dtype=np.float64)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"scores must be [num_runs, num_tasks] with at least one of each; got shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError(
            "scores must be finite; give failures the worst score first (discovery.benchmark.statistics.filled)"
        )
    return matrix


def resamples(runs: int, tasks: int, *, rng: np.random.Generator, repetitions: int = REPETITIONS) -> Array:
    """Counts [runs, tasks, repetitions]: how often each run is drawn when each task's runs are drawn with replacement.

    A statistic that depends on the multiset of scores alone depends on these counts alone, so that a resample costs
    neither a copy nor a sort. Draws in different tasks are independent: the bootstrap is stratified by task.

    Raises:
        ValueError: fewer than two runs, of which every resample is the same.
    """
    require_seeds(runs)
    drawn = rng.integers(runs, size=(repetitions, tasks, runs))
    cells = (drawn * tasks + np.arange(tasks)[:, None]) * repetitions + np.arange(repetitions)[:, None, None]
    counts = np.bincount(cells.ravel(), minlength=runs * tasks * repetitions)
    return counts.reshape(runs, tasks, repetitions).astype(np.float64)


def rng_of(name: str, root: int) -> np.random.Generator:
    """A generator of a drift's own: its intervals are the same whatever other drifts there are, in whatever order."""
    return np.random.default_rng([root, *hashlib.sha256(name.encode()).digest()])


def root_of(rng: np.random.Generator) -> int:
    """One draw, the root of the generators of all drifts."""
    return int(rng.integers(2**32))


def once(runs: int, tasks: int) -> Array:
    """The counts [runs, tasks, 1] of the sample itself."""
    return np.ones((runs, tasks, 1))


def percentile_interval(value: float, resampled: Array) -> Interval:
    """The 95% percentile interval from the statistic's values [repetitions] on resamples."""
    low, high = np.quantile(resampled, ENDS)
    return Interval(float(value), float(low), float(high))


def percentile_band(value: Array, resampled: Array) -> Band:
    """Pointwise 95% percentile intervals from values [points, repetitions] on resamples."""
    low, high = np.quantile(resampled, ENDS, axis=-1)
    return Band(np.asarray(value, dtype=np.float64), low, high)


def require_seeds(seeds: int) -> None:
    """Refuse an interval over fewer than two runs."""
    if seeds < 2:
        raise ValueError(f"seeds must be at least 2 for an interval; got {seeds}")
