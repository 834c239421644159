"""Scales on which scores of different tasks can be averaged: zero and one are named references."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from discovery.benchmark.statistics.resampling import Array
from discovery.rl.references import RANDOM, REFERENCES
from discovery.settings import NORMALISATIONS

ZERO, ONE = "none", "ppo"  # the drifts that make the scale
CLEAR = 2.0  # standard errors between zero and one below which they make none


class Scale(NamedTuple):
    """score -> (score - zero)/(one - zero), both in the task's units of return."""

    zero: float
    one: float

    def __call__(self, scores: Array) -> Array:
        # the + 0.0 turns -0.0, which would print as such, into 0.0
        return (np.asarray(scores, dtype=np.float64) - self.zero) / (self.one - self.zero) + 0.0


class NoScale(NamedTuple):
    """Why scores of a task have no scale, in one line."""

    reason: str


def standard_error(scores: Array) -> float:
    """The standard error of the mean of independent runs [n]."""
    scores = np.asarray(scores, dtype=np.float64)
    return float(scores.std(ddof=1) / np.sqrt(len(scores)))


def difference_in_standard_errors(scores: Array, reference: Array) -> float:
    """(mean of scores - mean of reference) over the standard error of that difference (Welch).

    Where neither varies it is 0 for equal means and infinite for others.
    """
    difference = float(np.mean(scores) - np.mean(reference))
    spread = float(np.hypot(standard_error(scores), standard_error(reference)))
    return difference / spread if spread > 0 else math.inf * np.sign(difference) if difference else 0.0


def drift_scale(scores: Mapping[str, Array]) -> Scale | NoScale:
    """Zero is the mean score without a drift, one that of PPO-clip.

    There is no scale where ppo does not beat none by two standard errors of the difference: one between two scores that
    may be equal, or the wrong way round, says nothing.

    Args:
        scores: drift -> [seeds] finite scores in one task.
    """
    if missing := [name for name in (ZERO, ONE) if name not in scores]:
        return NoScale(f"the scale needs none and ppo among the drifts; {' and '.join(missing)} missing")
    clear = difference_in_standard_errors(scores[ONE], scores[ZERO])
    if not clear > CLEAR:
        return NoScale(f"ppo does not beat none by two standard errors ({clear:.1f}), so that there is no scale")
    return Scale(float(np.mean(scores[ZERO])), float(np.mean(scores[ONE])))


def reference_scale(env: str) -> Scale | NoScale:
    """Zero is the measured return of uniformly random actions, one the published return of a trained agent.

    Both are returns of whole episodes, and the published one is of the end of training: they suit the metric "final".
    """
    if env not in REFERENCES:
        return NoScale(f"no published return is known for {env}")
    if env not in RANDOM:
        return NoScale(f"the return of a random policy was not measured for {env}")
    zero, one = RANDOM[env], REFERENCES[env].value
    if not one - zero.value > CLEAR * zero.standard_error:
        return NoScale(f"the published return {one:g} is not above that of random actions, {zero.value:g}")
    return Scale(zero.value, float(one))


def scale_of(env: str, scores: Mapping[str, Array], normalise: str) -> Scale | NoScale:
    """The scale of an environment: `drift_scale` for "drifts", `reference_scale` for "references".

    Raises:
        ValueError: another `normalise`.
    """
    if normalise == "drifts":
        return drift_scale(scores)
    if normalise == "references":
        return reference_scale(env)
    raise ValueError(f"normalise must be one of {', '.join(NORMALISATIONS)}; got {normalise!r}")
