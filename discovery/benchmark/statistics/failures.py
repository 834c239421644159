"""Runs that diverged: counted, and given the worst score there is; never left out."""

from collections.abc import Mapping

import numpy as np

from discovery.benchmark.statistics.resampling import Array


def failed_seeds(scores: Array) -> list[int]:
    """The indices of the runs [seeds] whose score is not finite."""
    return np.flatnonzero(~np.isfinite(scores)).tolist()


def filled(scores: Mapping[str, Array]) -> dict[str, Array]:
    """Scores of one task, drift -> [..., seeds], with the worst finite one of all drifts in the place of failures.

    Leading axes are tasks of their own, such as points of a curve. Where no drift has a finite score, NaN remains.
    """
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in scores.items()}
    if not arrays:
        return {}
    every = np.concatenate(list(arrays.values()), axis=-1)
    worst = np.where(np.isfinite(every), every, np.inf).min(axis=-1, keepdims=True)
    worst = np.where(np.isfinite(worst), worst, np.nan)
    return {name: np.where(np.isfinite(values), values, worst) for name, values in arrays.items()}
