"""Statistics of score matrices after 'Deep RL at the Edge of the Statistical Precipice' (arXiv 2108.13264)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
REPETITIONS = 2_000


@dataclass(frozen=True)
class Interval:
    """A point estimate with the bounds of its 95% bootstrap interval."""

    value: float
    low: float
    high: float


def iqm(scores: Array) -> float:
    """The interquartile mean: the mean of the middle half of all scores, a quarter cut off at either end."""
    return float(stats.trim_mean(np.ravel(scores), 0.25))


def iqm_interval(scores: Array, *, rng: np.random.Generator, repetitions: int = REPETITIONS) -> Interval:
    """IQM with its 95% percentile interval from the stratified bootstrap: runs are resampled within each task.

    Args:
        scores: [num_runs, num_tasks] or [num_runs].
        rng: of the resampling.
        repetitions: bootstrap samples.
    """
    scores = np.asarray(scores, dtype=np.float64)
    scores = scores[:, None] if scores.ndim == 1 else scores
    runs, tasks = scores.shape
    rows = rng.integers(runs, size=(repetitions, runs, tasks))
    resampled = scores[rows, np.arange(tasks)]
    values = stats.trim_mean(resampled.reshape(repetitions, -1), 0.25, axis=1)
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(iqm(scores), float(low), float(high))


def probability_of_improvement(scores: Array, reference: Array) -> float:
    """P(X > Y) + P(X = Y)/2 for independent runs X of `scores` [n] and Y of `reference` [m]; 1/2 for equal drifts.

    It is the Mann-Whitney U statistic over n m. A failed run (NaN) counts as worse than any other.
    """
    x, y = (np.nan_to_num(np.asarray(values, dtype=np.float64), nan=-np.inf) for values in (scores, reference))
    return float((x[:, None] > y[None, :]).mean() + 0.5 * (x[:, None] == y[None, :]).mean())


def mean_interval(curves: Array, *, rng: np.random.Generator, repetitions: int = 500) -> tuple[Array, Array, Array]:
    """(mean, low, high) [points] over runs of learning curves [runs, points], with 95% bootstrap intervals."""
    curves = np.asarray(curves, dtype=np.float64)
    rows = rng.integers(len(curves), size=(repetitions, len(curves)))
    low, high = np.quantile(curves[rows].mean(axis=1), [0.025, 0.975], axis=0)
    return curves.mean(axis=0), low, high


def standard_error(scores: Array) -> float:
    """The standard error of the mean of independent runs [n]."""
    scores = np.asarray(scores, dtype=np.float64)
    return float(scores.std(ddof=1) / np.sqrt(len(scores)))


def difference_in_standard_errors(scores: Array, reference: Array) -> float:
    """(mean of scores - mean of reference) over the standard error of that difference (Welch)."""
    spread = np.hypot(standard_error(scores), standard_error(reference))
    return float((np.mean(scores) - np.mean(reference)) / spread) if spread > 0 else 0.0


def normalised(scores: Array, none: Array, ppo: Array) -> float | None:
    """(F - none)/(ppo - none) of mean scores: 0 without a drift, 1 for PPO-clip.

    None where ppo does not beat no drift by two standard errors: a scale between two scores that may be equal, or the
    wrong way round, says nothing.
    """
    if not difference_in_standard_errors(ppo, none) > 2:
        return None
    low, high = float(np.mean(none)), float(np.mean(ppo))
    return (float(np.mean(scores)) - low) / (high - low) + 0.0
