"""Exhaustive search, a cost level at a time: screen every skeleton from many starts, refine the most promising."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.grammar.enumerate import Skeleton
from discovery.regression.fit import Array, Fit, linear_constant, refine, screen, starting_points
from discovery.regression.part import Fitted, Part, fitted

_KEPT_STARTS = 4  # of a skeleton's starting points, the ones that are refined
_CHUNK = 64
_SHARE = 0.15  # of a level's skeletons, the ones that are refined
_STEPS = 10


@dataclass(frozen=True)
class Screened:
    """A skeleton's best starting points [n, k], and the loss and the values [rows] of the best one."""

    skeleton: Skeleton
    starts: Array
    loss: float
    values: NDArray[np.float32]


def screen_level(
    part: Part,
    skeletons: list[Skeleton],
    *,
    starts: int,
    least: int,
    seed: int,
    executor: Executor,
    stopped: Callable[[], bool],
) -> list[Screened]:
    """Screen all skeletons of one cost, refine at least `least` of them, put them into the part's archive.

    Returns what was screened; fewer than all if `stopped` said so.
    """

    def chunk(items: list[Skeleton]) -> list[Screened]:
        return [] if stopped() else [found for s in items if (found := _screened(part, s, starts, seed)) is not None]

    chunks = [skeletons[i : i + _CHUNK] for i in range(0, len(skeletons), _CHUNK)]
    screened = [item for found in executor.map(chunk, chunks) for item in found]
    part.tried += len(screened)
    part.add(Fitted(item.skeleton, item.starts[0], item.loss) for item in screened)
    ranked = sorted(screened, key=lambda item: item.loss)
    part.add(refined(part, ranked[: max(least, int(_SHARE * len(ranked)))], executor=executor, stopped=stopped))
    return screened


def _screened(part: Part, skeleton: Skeleton, count: int, seed: int) -> Screened | None:
    points = starting_points(skeleton, count, seed=seed)
    if linear_constant(skeleton) is not None and len(skeleton.constants) == 1:
        points = points[:1]
    losses, points, values = screen(skeleton, points, part.few)
    order = np.argsort(losses, kind="stable")[:_KEPT_STARTS]
    if not np.isfinite(losses[order[0]]):
        return None
    return Screened(skeleton, points[order], float(losses[order[0]]), values[order[0]].astype(np.float32))


def refined(
    part: Part, items: Iterable[Screened], *, executor: Executor, stopped: Callable[[], bool], steps: int = _STEPS
) -> list[Fitted]:
    """A few steps of Levenberg-Marquardt for each."""

    def one(item: Screened) -> Fitted | None:
        if stopped() or not item.skeleton.constants:
            return None
        fit: Fit = refine(item.skeleton, item.starts, part.few, iterations=steps)
        return fitted(item.skeleton, fit)

    return [item for item in executor.map(one, list(items)) if item is not None]
