"""Learning curves: their mean, and how quickly drifts learn across tasks."""

import numpy as np

from discovery.benchmark.statistics.aggregates import interquartile_mean
from discovery.benchmark.statistics.resampling import Array, Band, once, percentile_band

SHARES = np.arange(1, 51) / 50


def mean_interval(curves: Array, *, rng: np.random.Generator, repetitions: int = 500) -> Band:
    """The mean over runs of learning curves [runs, points], with pointwise 95% bootstrap intervals."""
    curves = np.asarray(curves, dtype=np.float64)
    rows = rng.integers(len(curves), size=(repetitions, len(curves)))
    return percentile_band(curves.mean(axis=0), curves[rows].mean(axis=1).T)


def at_shares(curves: Array, shares: Array = SHARES) -> Array:
    """Curves [seeds, updates] at shares of training, as [points, seeds].

    Update i of n, counted from 1, stands at the share i/n. In between the curve is interpolated linearly, before the
    first update it has its value there. NaN, from where a run diverged, stays NaN.
    """
    curves = np.asarray(curves, dtype=np.float64)
    updates = curves.shape[1]
    position = np.clip(np.asarray(shares) * updates - 1, 0, updates - 1)
    position = np.where(np.isclose(position, np.rint(position)), np.rint(position), position)  # 0.58 * 50 > 29
    before = position.astype(int)
    after, weight = np.minimum(before + 1, updates - 1), position - before
    between = (1 - weight) * curves[:, before] + weight * curves[:, after]
    return np.where(weight == 0, curves[:, before], between).T  # 0 * NaN would be NaN


def sample_efficiency_from(matrices: Array, counts: Array) -> Band:
    """The IQM at each share of training with pointwise 95% intervals from given resamples of whole runs.

    Args:
        matrices: [points, num_runs, num_tasks] normalised returns.
        counts: [num_runs, num_tasks, repetitions].
    """
    sample = once(*matrices.shape[1:])
    value = np.array([interquartile_mean(matrix, sample)[0] for matrix in matrices])
    return percentile_band(value, np.stack([interquartile_mean(matrix, counts) for matrix in matrices]))
