"""Performance profiles: how large a part of the runs scores above each threshold."""

from collections.abc import Iterable

import numpy as np

from discovery.benchmark.statistics.resampling import (
    REPETITIONS,
    Array,
    Band,
    once,
    percentile_band,
    resamples,
    score_matrix,
)

POINTS = 101


def fractions_above(scores: Array, tau: Array, counts: Array) -> Array:
    """[points, repetitions]: the fraction of runs over all tasks with score > tau.

    F(tau) = mean over tasks of (1/n) sum over runs of 1[score > tau]: the run-score distribution of arXiv 2108.13264,
    equation 3.
    """
    above = (scores.ravel() > np.asarray(tau)[:, None]).astype(np.float64)
    return above @ counts.reshape(scores.size, -1) / scores.size


def performance_profile(scores: Array, tau: Array, *, rng: np.random.Generator, repetitions: int = REPETITIONS) -> Band:
    """The run-score distribution at thresholds tau [points] with pointwise 95% intervals.

    Args:
        scores: [num_runs, num_tasks] or [num_runs], finite, normalised.
        tau: thresholds on the scale of the scores.
        rng: of the stratified resampling of runs.
        repetitions: resamples.
    """
    matrix = score_matrix(scores)
    return profile_from(matrix, tau, resamples(*matrix.shape, rng=rng, repetitions=repetitions))


def profile_from(scores: Array, tau: Array, counts: Array) -> Band:
    """`performance_profile` on given resamples."""
    return percentile_band(
        fractions_above(scores, tau, once(*scores.shape))[:, 0], fractions_above(scores, tau, counts)
    )


def thresholds(matrices: Iterable[Array], points: int = POINTS) -> Array:
    """Evenly spaced thresholds over 0, 1 and all but the outermost hundredth of the scores at either end.

    A few far outliers, such as failures, would otherwise leave no points where the profiles differ.
    """
    every = np.concatenate([np.ravel(matrix) for matrix in matrices])
    low, high = np.quantile(every, [0.01, 0.99])
    return np.linspace(min(0.0, low), max(1.0, high), points)
