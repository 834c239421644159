"""One number for a matrix of scores, with its interval: IQM, mean, median and optimality gap.

Each statistic is a function of scores [num_runs, num_tasks] and counts [num_runs, num_tasks, repetitions], and gives
one value for each repetition; counts of one give the statistic of the sample. After 'Deep RL at the Edge of the
Statistical Precipice' (Agarwal et al. 2021, arXiv 2108.13264), section 4.
"""

from collections.abc import Callable

import numpy as np

from discovery.benchmark.statistics.resampling import (
    REPETITIONS,
    Array,
    Interval,
    once,
    percentile_interval,
    resamples,
    score_matrix,
)

GAMMA = 1.0  # the score from which on there is no gap: ppo's, or the published one


def interquartile_mean(scores: Array, counts: Array) -> Array:
    """The mean of the middle half of all scores of all tasks, floor(N/4) of N cut off at either end."""
    order = np.argsort(scores, axis=None)
    total, cut = scores.size, int(0.25 * scores.size)
    ranks = np.cumsum(counts.reshape(total, -1)[order], axis=0)
    np.clip(ranks, cut, total - cut, out=ranks)  # of the copies of a score, those with ranks in the middle remain
    kept = np.diff(ranks, axis=0, prepend=cut)
    return scores.ravel()[order] @ kept / (total - 2 * cut)


def mean_score(scores: Array, counts: Array) -> Array:
    """The mean over runs and tasks."""
    return np.tensordot(scores, counts, 2) / scores.size


def median_score(scores: Array, counts: Array) -> Array:
    """The median over tasks of the mean over runs."""
    return np.median(np.einsum("rt,rtb->tb", scores, counts) / len(scores), axis=0)


def gap_to_optimality(scores: Array, counts: Array) -> Array:
    """gamma - mean(min(score, gamma)) with gamma = 1: how far runs fall short on average; smaller is better."""
    return GAMMA - mean_score(np.minimum(scores, GAMMA), counts)


AGGREGATES: dict[str, Callable[[Array, Array], Array]] = {
    "iqm": interquartile_mean,
    "mean": mean_score,
    "median": median_score,
    "optimality_gap": gap_to_optimality,
}


def aggregate(name: str, scores: Array) -> float:
    """A member of `AGGREGATES` of scores [num_runs, num_tasks] or [num_runs]."""
    matrix = score_matrix(scores)
    return float(AGGREGATES[name](matrix, once(*matrix.shape))[0])


def aggregate_intervals(
    scores: Array, *, rng: np.random.Generator, repetitions: int = REPETITIONS
) -> dict[str, Interval]:
    """Every member of `AGGREGATES` with its 95% percentile interval from the stratified bootstrap.

    Args:
        scores: [num_runs, num_tasks] or [num_runs], finite, on the tasks' common scale (`normalisation`).
        rng: of the resampling.
        repetitions: resamples.

    Raises:
        ValueError: fewer than two runs, a score that is not finite.
    """
    matrix = score_matrix(scores)
    counts = resamples(*matrix.shape, rng=rng, repetitions=repetitions)
    return intervals_from(matrix, counts)


def intervals_from(scores: Array, counts: Array) -> dict[str, Interval]:
    """`aggregate_intervals` on given resamples, which several matrices of one shape can share."""
    sample = once(*scores.shape)
    return {
        name: percentile_interval(statistic(scores, sample)[0], statistic(scores, counts))
        for name, statistic in AGGREGATES.items()
    }


def iqm(scores: Array) -> float:
    """The interquartile mean of scores [num_runs, num_tasks] or [num_runs]."""
    return aggregate("iqm", scores)


def iqm_interval(scores: Array, *, rng: np.random.Generator, repetitions: int = REPETITIONS) -> Interval:
    """The interquartile mean with its 95% percentile interval; arguments and errors as `aggregate_intervals`."""
    matrix = score_matrix(scores)
    counts = resamples(*matrix.shape, rng=rng, repetitions=repetitions)
    return percentile_interval(iqm(matrix), interquartile_mean(matrix, counts))
