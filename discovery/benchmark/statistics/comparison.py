"""One drift against another: the probability of improvement, the word it allows, and the seeds it would take."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from discovery.benchmark.statistics.resampling import (
    REPETITIONS,
    Array,
    Interval,
    once,
    percentile_interval,
    resamples,
)

CONFIDENCE, POWER = 0.95, 0.8
FEWEST_SEEDS = 4  # per arm, for any word but "not told apart"
MOST_SEEDS = 100_000  # a difference that takes more is none


class Comparison(NamedTuple):
    """P(improvement) with its interval, the word that the interval allows, and `seeds_needed` (None: out of reach)."""

    probability: Interval
    word: str
    seeds_needed: int | None


def probability_of_improvement(scores: Array, reference: Array) -> float:
    """P(X > Y) + P(X = Y)/2 for independent runs X of `scores` and Y of `reference`, averaged over tasks.

    In each task it is the Mann-Whitney U statistic over n m; equal drifts give 1/2. The scale of a task does not
    matter, so raw scores will do. A failed run (NaN) counts as worse than any that finished and as equal to another
    failed one.

    Args:
        scores: [n, num_tasks] or [n].
        reference: [m, num_tasks] or [m].
    """
    x, y = _ranked(scores), _ranked(reference)
    return float(improvements(x, y, once(*x.shape), once(*y.shape))[0])


def compare(scores: Array, reference: Array, *, rng: np.random.Generator, repetitions: int = REPETITIONS) -> Comparison:
    """`probability_of_improvement` with its 95% percentile interval; either arm is resampled by itself in each task.

    Args:
        scores: [n, num_tasks] or [n]; NaN for a failed run.
        reference: [m, num_tasks] or [m].
        rng: of the resampling.
        repetitions: resamples.

    Raises:
        ValueError: fewer than two runs on either side, or other tasks.
    """
    x, y = _ranked(scores), _ranked(reference)
    x_counts = resamples(*x.shape, rng=rng, repetitions=repetitions)
    y_counts = resamples(*y.shape, rng=rng, repetitions=repetitions)
    value = improvements(x, y, once(*x.shape), once(*y.shape))[0]
    interval = percentile_interval(value, improvements(x, y, x_counts, y_counts))
    return Comparison(
        interval, word(interval, seeds=min(len(x), len(y))), seeds_needed(interval.value, tasks=x.shape[1])
    )


def word(probability: Interval, *, seeds: int) -> str:
    """ "better" where the whole 95% interval lies above 1/2, "worse" where it lies below, else "not told apart".

    With fewer than four seeds per arm it is always the last: the bootstrap's interval leaves out 1/2 for a fifth to a
    third of equal pairs (`benchmarks.intervals`), and no test can do better, since of three runs against three even a
    complete separation has the two-sided p-value 2/20.
    """
    if seeds < FEWEST_SEEDS:
        return "not told apart"
    if probability.low > 0.5:
        return "better"
    return "worse" if probability.high < 0.5 else "not told apart"


def seeds_needed(probability: float, *, tasks: int = 1) -> int | None:
    """Seeds per arm and task for which the interval of P(improvement) leaves out 1/2 with a power of 80%.

    n = (z_0.975 + z_0.8)^2 / (6 T (P - 1/2)^2), rounded up, if P is what was observed.

    With n runs on either side and no ties, U/n^2 has variance (2 n + 1)/(12 n^2), about 1/(6 n), where the two
    distributions are equal; so it has about that where they are near. Tasks are independent, and the mean over T of
    them has 1/(6 n T). At the n above, P differs from 1/2 by z_0.975 + z_0.8 of its standard deviations. For T = 1 it
    is Noether's formula for equal arms (Noether 1987, Journal of the American Statistical Association 82:645-647),
    whose total of both arms is (z + z)^2/(3 (P - 1/2)^2). Ties and a P far from 1/2 in single tasks usually make the
    variance smaller, and the number too high; unequal spreads can make it larger, up to 1/(4 n).

    Returns:
        None for P = 1/2 and where it would take more than 100,000 seeds.
    """
    distance = abs(probability - 0.5)
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) + NormalDist().inv_cdf(POWER)
    if math.isnan(distance) or distance < z / math.sqrt(6 * tasks * MOST_SEEDS):
        return None
    return max(FEWEST_SEEDS, math.ceil(z**2 / (6 * tasks * distance**2)))


def _ranked(scores: Array) -> Array:
    """[num_runs, num_tasks] with failures at the bottom."""
    matrix = np.asarray(scores, dtype=np.float64)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    return np.where(np.isfinite(matrix), matrix, -np.inf)


def improvements(x: Array, y: Array, x_counts: Array, y_counts: Array) -> Array:
    """[repetitions]: sum_ij c_i K_ij d_j / (n m) of scores [n, T], [m, T] with counts c, d, averaged over tasks."""
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"both must be scores of the same tasks; got {x.shape[1]} and {y.shape[1]}")
    total = np.zeros(x_counts.shape[2])
    for task in range(x.shape[1]):
        x_task, y_task = x[:, task, None], y[None, :, task]
        wins = (x_task > y_task) + 0.5 * (x_task == y_task)
        total += ((wins.T @ x_counts[:, task]) * y_counts[:, task]).sum(axis=0)
    return total / (len(x) * len(y) * x.shape[1])
