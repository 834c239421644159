"""Statistics across environments: one entry of summary.json."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from discovery.benchmark.statistics.aggregates import intervals_from
from discovery.benchmark.statistics.comparison import compare
from discovery.benchmark.statistics.curves import SHARES, at_shares, sample_efficiency_from
from discovery.benchmark.statistics.failures import filled
from discovery.benchmark.statistics.normalisation import ONE, ZERO, NoScale, Scale, scale_of
from discovery.benchmark.statistics.profiles import profile_from, thresholds
from discovery.benchmark.statistics.resampling import (
    REPETITIONS,
    Array,
    Band,
    require_seeds,
    resamples,
    rng_of,
    root_of,
)

Table = Mapping[str, Mapping[str, Array]]  # environment -> drift -> array


def summary(
    scores: Table,
    curves: Table,
    *,
    metric: str,
    rng: np.random.Generator,
    normalise: str = "drifts",
    settings: Mapping[str, Any] | None = None,
    repetitions: int = REPETITIONS,
) -> dict[str, Any]:
    """Aggregates, profiles, probabilities of improvement over ppo and sample efficiency, as JSON's own types.

    An environment whose scores have no scale is left out of all that is averaged on it, with the reason under
    `left_out`; so is one that lacks a drift of the others, or in which every run failed. Without any environment the
    lists are empty. Comparisons need no scale: they are over `compared`, all environments with scores of every drift.
    Failures count as the worst score of their environment's matrix over all drifts; in curves as the worst at the same
    share of training; in comparisons as worse than every finished run. Aggregates, profiles and curves of all drifts
    share their resamples; comparisons draw their own. The scale is held fixed in resampling.

    Args:
        scores: environment -> drift -> [seeds], NaN for a failed run; as many seeds everywhere.
        curves: environment -> drift -> [seeds, updates] returns; where one is lacking, sample efficiency is empty.
        metric: what the scores are, "auc" or "final"; recorded.
        rng: of the resampling.
        normalise: "drifts" (none = 0, ppo = 1) or "references" (random actions = 0, published return = 1).
        settings: the sweep's values that these scores belong to; recorded.
        repetitions: resamples.

    Raises:
        ValueError: fewer than two seeds, or different numbers of them.
    """
    seeds = _seeds(scores)
    names = list(dict.fromkeys(name for drifts in scores.values() for name in drifts))
    whole = {env: filled(drifts) for env, drifts in scores.items()}
    found = {env: _scale(env, names, whole[env], normalise) for env in scores}
    scales = {env: scale for env, scale in found.items() if isinstance(scale, Scale)}
    matrices = {
        name: np.stack([scale(whole[env][name]) for env, scale in scales.items()], axis=1) for name in names if scales
    }
    compared = [env for env in scores if set(names) <= set(scores[env])]
    kind = {"kind": normalise, "zero": ZERO, "one": ONE} if normalise == "drifts" else {"kind": normalise}
    entry: dict[str, Any] = {
        "settings": dict(settings or {}),
        "metric": metric,
        "normalisation": kind,
        "environments": list(scales),
        "compared": compared,
        "left_out": {env: scale.reason for env, scale in found.items() if isinstance(scale, NoScale)},
        "seeds": seeds,
        "repetitions": repetitions,
        "aggregates": [],
        "profiles": {"tau": [], "drifts": {}},
        "improvement": _improvements(scores, compared, names, rng, repetitions),
        "sample_efficiency": {"share": [], "drifts": {}},
    }
    if not scales:
        return entry
    counts = resamples(seeds, len(scales), rng=rng, repetitions=repetitions)
    tau = thresholds(matrices.values())
    for name, matrix in matrices.items():
        intervals = intervals_from(matrix, counts)
        entry["aggregates"].append({"drift": name} | {key: value._asdict() for key, value in intervals.items()})
    entry["profiles"] = {
        "tau": tau.tolist(),
        "drifts": {name: _lists(profile_from(matrix, tau, counts)) for name, matrix in matrices.items()},
    }
    if all(set(names) <= set(curves.get(env, {})) for env in scales):
        at_share = _curves(curves, scales, names)
        bands = {name: _lists(sample_efficiency_from(at_share[name], counts)) for name in names}
        entry["sample_efficiency"] = {"share": SHARES.tolist(), "drifts": bands}
    return entry


def _seeds(scores: Table) -> int:
    """The one number of seeds of all scores; 0 without scores."""
    found = {np.shape(values)[0] for drifts in scores.values() for values in drifts.values()}
    if len(found) > 1:
        raise ValueError(f"every drift needs as many seeds in every environment; got {sorted(found)}")
    for seeds in found:
        require_seeds(seeds)
    return max(found, default=0)


def _scale(env: str, names: Sequence[str], scores: Mapping[str, Array], normalise: str) -> Scale | NoScale:
    if missing := [name for name in names if name not in scores]:
        return NoScale(f"there are no scores of {', '.join(missing)}")
    if not all(np.isfinite(values).all() for values in scores.values()):
        return NoScale("every run of every drift failed")
    return scale_of(env, scores, normalise)


def _improvements(
    scores: Table, envs: Sequence[str], names: Sequence[str], rng: np.random.Generator, repetitions: int
) -> list[dict[str, Any]]:
    """Every drift but ppo against ppo, from raw scores: ranks need no scale."""
    if ONE not in names or not envs:
        return []
    root = root_of(rng)
    raw = {name: np.stack([np.asarray(scores[env][name], dtype=np.float64) for env in envs], axis=1) for name in names}
    records = []
    for name in names:
        if name == ONE:
            continue
        found = compare(raw[name], raw[ONE], rng=rng_of(name, root), repetitions=repetitions)
        probability = found.probability._asdict()
        record = {"drift": name, "over": ONE, "probability": probability, "word": found.word}
        records.append(record | {"seeds_needed": found.seeds_needed})
    return records


def _curves(curves: Table, scales: Mapping[str, Scale], names: Sequence[str]) -> dict[str, Array]:
    """drift -> [points, seeds, environments] normalised returns at `SHARES` of training."""
    by_env = []
    for env, scale in scales.items():
        points = filled({name: at_shares(curves[env][name]) for name in names})
        by_env.append({name: scale(values) for name, values in points.items()})
    return {name: np.stack([env[name] for env in by_env], axis=2) for name in names}


def _lists(band: Band) -> dict[str, list[float]]:
    return {key: value.tolist() for key, value in band._asdict().items()}
