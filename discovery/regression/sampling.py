"""Where a drift is tabulated: the (r, A) that training visits, and places spread over the plane."""

from collections.abc import Callable

import numpy as np

from discovery.regression.table import Array, DriftTable, make_table

Values = Callable[[Array, Array], Array]
SPREAD_LOG_RATIO, SPREAD_ADVANTAGE = 1.5, 1.5


def spread_places(count: int, *, rng: np.random.Generator) -> tuple[Array, Array]:
    """(ratio, advantage) with log r uniform in [-1.5, 1.5] and A normal with standard deviation 1.5."""
    ratio = np.exp(rng.uniform(-SPREAD_LOG_RATIO, SPREAD_LOG_RATIO, count))
    return ratio, rng.normal(0, SPREAD_ADVANTAGE, count)


def tabulate(
    values: Values,
    *,
    rng: np.random.Generator,
    visited: tuple[Array, Array] | None = None,
    on_policy_weight: float = 0.9,
    count: int = 10_000,
) -> DriftTable:
    """A drift's table.

    Args:
        values: f(ratio, advantage) in float64.
        rng: chooses places and held-out rows.
        visited: (ratio, advantage) pairs of training; they share `on_policy_weight` of the weight, places spread over
            the plane share the rest. Without them the spread places have all the weight.
        on_policy_weight: in [0, 1].
        count: rows of either kind at most.
    """
    ratio, advantage = spread_places(count if visited is None else count // 5, rng=rng)
    weight = np.ones(len(ratio))
    if visited is not None and len(visited[0]):
        kept = rng.permutation(len(visited[0]))[:count]
        weight = np.concatenate(
            [np.full(len(kept), on_policy_weight / len(kept)), weight * (1 - on_policy_weight) / len(weight)]
        )
        ratio = np.concatenate([visited[0][kept], ratio])
        advantage = np.concatenate([visited[1][kept], advantage])
    return make_table(ratio, advantage, values(ratio, advantage), weight, rng=rng)
