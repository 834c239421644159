"""Points at which phi(u) >= 0 may fail: found in float64, believed only if an arb ball at an exact rational agrees."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from discovery.expression.evaluate import evaluate
from discovery.expression.node import ADVANTAGE, Expr, Number, substitute, symbols, walk
from discovery.proof.enclosure import UndefinedError
from discovery.proof.ranges import INF, Range, intersect, point
from discovery.proof.values import value_at

_FAST = (64, 256, 1024)
_FINE = np.concatenate([np.geomspace(1e-9, 1e-3, 7), np.geomspace(1e-2, 1e4, 600), np.geomspace(2e4, 1e15, 44)])
_FAR = tuple(Fraction(10) ** k for k in (15, 30, 100, 308, 400, 1000, 1500))
_PLAIN = tuple(Fraction(t) for t in ("1", "2", "1/2", "3", "1/3", "5", "10", "1/10", "100", "1/100", "3/2", "1000"))
_CONFIRMED = 40


@dataclass(frozen=True)
class Point:
    """phi(u) <= value < 0, or phi(u) is not a real number (value None)."""

    u: Fraction
    value: Fraction | None


def value_of(expr: Expr, u: Fraction, precisions: tuple[int, ...] = (64, 256, 1024, 4096)) -> Fraction | None:
    """phi(u) or a rational between 0 and phi(u), as `enclosure.value_at`; None if its sign is not found."""
    return value_at(substitute(expr, {"u": ADVANTAGE}), Fraction(1), u, precisions)


def failing_point(expr: Expr, domain: Range) -> Point | None:
    """An exact point of the domain where phi is negative or undefined, or None."""
    undefined = None
    for u in _candidates(expr, domain):
        if intersect(domain, point(u)).empty:
            continue
        try:
            value = value_of(expr, u, _FAST)
        except UndefinedError:
            undefined = undefined or Point(u, None)
            continue
        if value is not None and value < 0:
            return Point(u, value)
    return undefined


def attack(expr: Expr, domain: Range, count: int = 300, seed: int = 0) -> Point | None:
    """A last look at a phi that is said to be proved: exact random points on many scales around ends, 0 and 1."""
    rng = np.random.default_rng(seed)
    for anchor in _anchors(domain):
        sizes = 10.0 ** rng.uniform(-12, 6, count // len(_anchors(domain)))
        for size, sign in zip(sizes, rng.choice((-1, 1), len(sizes)), strict=True):
            u = anchor + int(sign) * Fraction(float(size))
            if intersect(domain, point(u)).empty:
                continue
            try:
                value = value_of(expr, u, _FAST[:2])
            except UndefinedError:
                return Point(u, None)
            if value is not None and value < 0:
                return Point(u, value)
    return None


def tangent_points(expr: Expr, domain: Range) -> list[Fraction]:
    """Simple rationals strictly inside the domain at which phi is locally smallest and tiny: it may touch 0 there."""
    if "u" not in symbols(expr):
        return []
    grid = _grid(expr, domain)
    with np.errstate(all="ignore"):
        size = np.abs(evaluate(expr, {"u": grid}))
    found = []
    for u in _refined(expr, grid, size)[:12]:
        simple = Fraction(float(u)).limit_denominator(60)
        near = abs(simple - Fraction(float(u))) < Fraction(1, 10**4) and abs(simple) < 1000
        if near and domain.lo < simple < domain.hi and simple not in found:
            with np.errstate(all="ignore"):
                value = float(evaluate(expr, {"u": np.array([float(simple)])})[0])
            if abs(value) < 1e-9:
                found.append(simple)
    return sorted(found)[:4]


def _anchors(domain: Range) -> list[Fraction]:
    """The finite ends of the domain, and 0 and 1."""
    ends = [Fraction(end) for end in (domain.lo, domain.hi) if not isinstance(end, float)]
    return sorted({*ends, Fraction(0), Fraction(1)})


def _grid(expr: Expr, domain: Range) -> NDArray[np.float64]:
    """A float64 grid of the domain, dense near its ends, near 0 and 1 and near the constants of phi."""
    own = [float(node.value) for node in walk(expr) if isinstance(node, Number) and abs(node.value) < 10**12]
    anchors = {*map(float, _anchors(domain)), *own[:8], *(-c for c in own[:8])}
    points = np.concatenate([a + s * _FINE for a in anchors for s in (1, -1)] + [np.array(sorted(anchors))])
    if domain.lo != -INF and domain.hi != INF:
        points = np.concatenate([points, np.linspace(float(domain.lo), float(domain.hi), 400)])
    inside = points[(points > float(domain.lo)) & (points < float(domain.hi))]
    return np.unique(inside).astype(np.float64)


def _candidates(expr: Expr, domain: Range) -> Iterator[Fraction]:
    yield from (s * t for t in _PLAIN for s in (1, -1))
    yield from _anchors(domain)
    yield from (s * node.value for node in walk(expr) if isinstance(node, Number) for s in (1, -1))
    for anchor in _anchors(domain):
        yield from (anchor + s * Fraction(1, 10**k) for k in (3, 6, 9, 15, 30) for s in (1, -1))
    grid = _grid(expr, domain)
    with np.errstate(all="ignore"):
        values = evaluate(expr, {"u": grid})
        bad = grid[np.isnan(values)]
        negative = values < 0
        scaled = values / np.minimum(1, (grid[:, None] - [float(a) for a in _anchors(domain)]) ** 2).min(axis=1)
    yield from map(_readable, grid[negative][np.argsort(values[negative])][: _CONFIRMED // 2])
    yield from map(_readable, grid[negative][np.argsort(scaled[negative])][: _CONFIRMED // 2])
    yield from map(_readable, bad[:: max(1, len(bad) // 20)])
    yield from (s * t for t in _FAR for s in (1, -1))
    yield from map(_readable, _refined(expr, grid, values)[:_CONFIRMED])
    yield from map(_readable, _refined(expr, grid, scaled)[:_CONFIRMED])


def _readable(u: float) -> Fraction:
    """A short rational if it is as good as the float."""
    exact = Fraction(float(u))
    short = exact.limit_denominator(1000)
    return short if abs(short - exact) <= abs(exact) / 10**9 else exact


def _refined(expr: Expr, grid: NDArray[np.float64], values: NDArray[np.float64]) -> list[float]:
    """Local minima of `values` on the grid; each is followed to the local minimum of phi by zooming, all at once."""
    v = np.where(np.isfinite(values), values, np.inf)
    padded = np.pad(v, 1, constant_values=np.inf)
    index = np.nonzero(np.isfinite(v) & (v <= padded[:-2]) & (v <= padded[2:]))[0]
    index = index[np.argsort(v[index], kind="stable")][:24]
    if not len(index):
        return []
    lower, upper = grid[np.maximum(index - 1, 0)], grid[np.minimum(index + 1, len(grid) - 1)]
    centres, widths = grid[index], (upper - lower) / 2
    steps = np.linspace(-1, 1, 33)
    for _ in range(14):
        points = np.clip(centres[:, None] + widths[:, None] * steps, lower[:, None], upper[:, None])
        with np.errstate(all="ignore"):
            found = evaluate(expr, {"u": points})
        found = np.where(np.isnan(found), np.inf, found)
        centres = points[np.arange(len(index)), found.argmin(axis=1)]
        widths = widths / 8
    return [float(c) for c in centres]
