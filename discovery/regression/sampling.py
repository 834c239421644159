"""Where a drift is tabulated: the (r, A) that training visits, and places spread over the plane.

For a drift that sees training progress a place is (r, A, progress).
"""

from collections.abc import Callable

import numpy as np

from discovery.regression.table import Array, DriftTable, make_table

Values = Callable[..., Array]
SPREAD_LOG_RATIO, SPREAD_ADVANTAGE = 1.5, 1.5


def spread_places(count: int, *, sees_progress: bool = False, rng: np.random.Generator) -> tuple[Array, ...]:
    """(ratio, advantage) with log r uniform in [-1.5, 1.5] and A normal with standard deviation 1.5.

    With `sees_progress` a third column, progress, uniform in [0, 1].
    """
    ratio = np.exp(rng.uniform(-SPREAD_LOG_RATIO, SPREAD_LOG_RATIO, count))
    places = ratio, rng.normal(0, SPREAD_ADVANTAGE, count)
    return (*places, rng.uniform(0, 1, count)) if sees_progress else places


def tabulate(
    values: Values,
    *,
    rng: np.random.Generator,
    visited: tuple[Array, ...] | None = None,
    on_policy_weight: float = 0.9,
    count: int = 10_000,
    sees_progress: bool = False,
) -> DriftTable:
    """A drift's table.

    Args:
        values: f(ratio, advantage) in float64; f(ratio, advantage, progress) with `sees_progress`.
        rng: chooses places and held-out rows.
        visited: the columns (ratio, advantage) of training, and progress with `sees_progress`; they share
            `on_policy_weight` of the weight, places spread over the plane share the rest. Without them the spread
            places have all the weight.
        on_policy_weight: in [0, 1].
        count: rows of either kind at most.
        sees_progress: whether the drift changes as training proceeds; the table then has the column progress.
    """
    places = spread_places(count if visited is None else count // 5, sees_progress=sees_progress, rng=rng)
    weight = np.ones(len(places[0]))
    if visited is not None and len(visited[0]):
        kept = rng.permutation(len(visited[0]))[:count]
        weight = np.concatenate(
            [np.full(len(kept), on_policy_weight / len(kept)), weight * (1 - on_policy_weight) / len(weight)]
        )
        places = tuple(np.concatenate([seen[kept], spread]) for seen, spread in zip(visited, places, strict=True))
    progress = places[2] if sees_progress else None
    return make_table(places[0], places[1], values(*places), weight, progress=progress, rng=rng)
