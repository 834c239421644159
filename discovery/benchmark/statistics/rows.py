"""The statistics of one environment, or of one condition of a sweep, drift by drift."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from discovery.benchmark.statistics.aggregates import iqm_interval
from discovery.benchmark.statistics.comparison import Comparison, compare, probability_of_improvement
from discovery.benchmark.statistics.failures import failed_seeds, filled
from discovery.benchmark.statistics.normalisation import ONE, ZERO, NoScale, scale_of
from discovery.benchmark.statistics.resampling import REPETITIONS, Array, Interval, require_seeds, rng_of, root_of


def condition_rows(
    env: str,
    scores: Mapping[str, Array],
    *,
    rng: np.random.Generator,
    normalise: str = "drifts",
    repetitions: int = REPETITIONS,
) -> dict[str, dict[str, Any]]:
    """For each drift the statistical fields of its row in scores.json.

    The fields are `scores` (as measured, NaN for a failure), `mean`, `median`, `iqm`, `iqm_low`, `iqm_high`,
    `failures`, `failed_seeds`, `probability_of_improvement_over_ppo` and `comparison_with_ppo` (None without ppo; the
    latter also for ppo itself), and `normalised` (None where the scale says nothing; no such key without references). A
    failure counts as the worst score of the matrix; where every run of every drift failed, the numbers are NaN.

    Args:
        env: the environment's name, by which references are found.
        scores: drift -> [seeds].
        rng: of the resampling; each drift has a generator of its own from it.
        normalise: "drifts" or "references", see `normalisation`.
        repetitions: resamples.

    Raises:
        ValueError: fewer than two seeds.
    """
    whole = filled(scores)
    scale = scale_of(env, whole, normalise)
    has_references = normalise == "references" or {ZERO, ONE} <= set(whole)
    rows, root = {}, root_of(rng)
    for name, values in whole.items():
        own = rng_of(name, root)
        require_seeds(len(values))
        interval = _iqm(values, own, repetitions)
        failed = failed_seeds(np.asarray(scores[name], dtype=np.float64))
        comparable = ONE in scores and name != ONE
        row: dict[str, Any] = {
            "scores": np.asarray(scores[name], dtype=np.float64).tolist(),
            "mean": float(values.mean()),
            "median": float(np.median(values)),
            "iqm": interval.value,
            "iqm_low": interval.low,
            "iqm_high": interval.high,
            "failures": len(failed),
            "failed_seeds": failed,
            "probability_of_improvement_over_ppo": (
                probability_of_improvement(scores[name], scores[ONE]) if ONE in scores else None
            ),
            "comparison_with_ppo": (
                _record(compare(scores[name], scores[ONE], rng=own, repetitions=repetitions)) if comparable else None
            ),
        }
        if has_references:
            row["normalised"] = None if isinstance(scale, NoScale) else float(scale(values.mean()))
        rows[name] = row
    return rows


def _iqm(values: Array, rng: np.random.Generator, repetitions: int) -> Interval:
    if not np.isfinite(values).all():
        return Interval(math.nan, math.nan, math.nan)
    return iqm_interval(values, rng=rng, repetitions=repetitions)


def _record(comparison: Comparison) -> dict[str, Any]:
    interval = comparison.probability
    return {
        "probability": interval.value,
        "low": interval.low,
        "high": interval.high,
        "word": comparison.word,
        "seeds_needed": comparison.seeds_needed,
    }
