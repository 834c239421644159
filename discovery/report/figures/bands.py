"""Lines with 95% intervals, from runs of which some may have diverged."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from discovery.benchmark.statistics import Band, filled, mean_interval

Array = NDArray[np.float64]


def band(record: Mapping[str, ArrayLike]) -> Band:
    """The band of a record {"value", "low", "high"}; None becomes NaN."""
    return Band(*(np.asarray(record[name], dtype=np.float64) for name in ("value", "low", "high")))


def gone(runs: NDArray[Any]) -> NDArray[np.bool_]:
    """Where the runs of [seeds, points] have diverged: from here on no value follows."""
    finite = np.isfinite(runs)
    return ~np.flip(np.logical_or.accumulate(np.flip(finite, axis=1), axis=1), axis=1)


def divergences(runs: NDArray[Any]) -> NDArray[np.intp]:
    """For each run that diverged, the first point without a value."""
    lost = gone(runs)
    return lost.argmax(axis=1)[lost.any(axis=1)]


def worst_imputed(curves: Mapping[str, NDArray[Any]]) -> dict[str, Array]:
    """Curves in which a run that diverged counts, from then on, as the worst return of any run at that update.

    Leaving such runs out would flatter the drifts that break their runs: what survives is the better part.

    Args:
        curves: for each drift [seeds, updates], of one environment; NaN from where a run diverged.
    """
    return {name: points.T for name, points in filled({name: runs.T for name, runs in curves.items()}).items()}


def mean_band(runs: NDArray[Any], *, rng: np.random.Generator) -> Band:
    """The mean over the runs of [seeds, points] that have a value at a point, with its 95% bootstrap interval.

    NaN where none has; where one has, there is a mean and no interval (its resamples would all be the same).
    """
    runs = np.asarray(runs, dtype=np.float64)
    alive = np.isfinite(runs)
    found = Band(*(np.full(runs.shape[1], np.nan) for _ in range(3)))
    for pattern in np.unique(alive, axis=1).T:
        points = (alive == pattern[:, None]).all(axis=0)
        if pattern.sum() >= 2:
            for whole, part in zip(found, mean_interval(runs[pattern][:, points], rng=rng), strict=True):
                whole[points] = part
    return found._replace(value=mean(runs))


def mean(runs: NDArray[Any]) -> Array:
    """The mean over the runs of [seeds, points] that have a value at a point; NaN where none has."""
    alive = np.isfinite(runs)
    count = alive.sum(axis=0)
    total = np.where(alive, runs, 0.0).sum(axis=0, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
