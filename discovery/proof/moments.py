"""Single values of progress: where a formula changes its form, and where it may fail to be a valid drift."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import PROGRESS, Apply, Expr, Number, substitute, symbols, walk
from discovery.proof.sign import normal_form
from discovery.proof.switches import SWITCHES, switching_surface

MAX_BREAKS = 8
_USUAL = tuple(Fraction(n, d) for n, d in ((1, 2), (1, 4), (3, 4), (13, 37)))
_LOGS = np.array([-2.0, -0.7, -0.2, -0.05, 0.05, 0.2, 0.7, 2.0])
_RATIOS, _ADVANTAGES = np.exp(_LOGS)[:, None, None], np.array([-4.0, -1.0, -0.2, 0.0, 0.2, 1.0, 4.0])[None, :, None]
_GRID, _ZOOMS, _STEPS = 401, 6, np.linspace(-1, 1, 33)


def at(expr: Expr, moment: Fraction) -> Expr:
    """f at one value of progress.

    Raises:
        ValueError: it divides by zero there.
    """
    return canonical(substitute(expr, {PROGRESS.name: Number(moment)}))


def breaks(expr: Expr) -> list[Fraction]:
    """0, 1 and the values in between at which a switch on progress alone switches, where that is rational and plain."""
    found = {Fraction(0), Fraction(1)}
    for node in walk(expr):
        if isinstance(node, Apply) and node.op in SWITCHES:
            place = _zero_of(switching_surface(node))
            if place is not None and len(found) < MAX_BREAKS:
                found.add(place)
    return sorted(found)


def suspects(expr: Expr) -> Iterator[Fraction]:
    """Values of progress at which a counterexample may be found, the most promising first."""
    seen: set[Fraction] = set()
    for moment in (*_zeros(expr), *_lowest(expr), *_USUAL):
        if moment not in seen:
            seen.add(moment)
            yield moment


def _zeros(expr: Expr) -> list[Fraction]:
    """Where what is linear in progress vanishes: poles, edges of domains."""
    sums = {node for node in walk(expr) if isinstance(node, Apply) and symbols(node) == {PROGRESS.name}}
    found = {place for node in sums if (place := _zero_of(node)) is not None}
    return sorted(found)[:MAX_BREAKS]


def _zero_of(expr: Expr) -> Fraction | None:
    """The zero of s*progress + t, if `expr` is that and the zero lies in [0, 1]."""
    scale, rest, shift = normal_form(expr)
    if rest != PROGRESS or scale == 0:
        return None
    return -shift / scale if 0 <= -shift / scale <= 1 else None


def _lowest(expr: Expr) -> list[Fraction]:
    """Where float64 finds f to be undefined, or lowest, relative to its size at other values of progress."""
    grid = np.linspace(0, 1, _GRID)
    values = _values(expr, grid)
    found = [float(at) for at in grid[np.isnan(values).any(axis=(0, 1))][:1]]
    size = np.max(np.abs(values), axis=2, keepdims=True, where=np.isfinite(values), initial=1e-300)
    place, width = 0.5, 0.5
    for zoom in range(_ZOOMS):
        around = grid if zoom == 0 else np.clip(place + width * _STEPS, 0, 1)
        relative = _values(expr, around) / size
        lowest = np.min(relative, axis=(0, 1), where=np.isfinite(relative), initial=np.inf)
        place, width = float(around[np.argmin(lowest)]), 2 / _GRID if zoom == 0 else width / 8
        if lowest.min() < 0:
            break
    else:
        return _short(found)
    return _short([*found, place])


def _short(places: list[float]) -> list[Fraction]:
    return [at for place in places for at in (Fraction(place).limit_denominator(1000), Fraction(place))]


def _values(expr: Expr, progress: NDArray[np.float64]) -> NDArray[np.float64]:
    points = {"r": _RATIOS, "A": _ADVANTAGES, PROGRESS.name: progress[None, None, :]}
    shape = (len(_LOGS), _ADVANTAGES.shape[1], len(progress))
    return np.broadcast_to(evaluate(expr, points), shape)
