"""Search for an exact counterexample: float64 screens many points, arb confirms at exact rationals.

Nothing that a float says is believed. A point counts only if a ball around f at that exact rational point is finite
and strictly below 0, or f there is an exact negative rational.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from discovery.expression.evaluate import evaluate
from discovery.expression.node import Expr, Number, Symbol, symbols, walk
from discovery.proof.enclosure import UndefinedError
from discovery.proof.ranges import Range
from discovery.proof.sign import Assumptions
from discovery.proof.values import value_at

_SMALL = 10.0 ** np.arange(-9, 1)
_LOGS = np.concatenate([_SMALL / 3, np.linspace(0.4, 6, 57), np.geomspace(7, 700, 30)])
LOG_RATIOS = np.sort(np.concatenate([-_LOGS, _LOGS]))
_SIZES = np.concatenate([10.0 ** np.arange(-9, 0), np.geomspace(0.1, 30, 26), 10.0 ** np.arange(2, 10)])
ADVANTAGES = np.sort(np.concatenate([-_SIZES, [0.0], _SIZES]))
MAX_CONFIRMED = 40
_MOMENTS = np.linspace(0, 1, 9)[None, None, :]
FAST = (64, 256, 1024)
_PLAIN_RATIOS = [
    Fraction(t) for t in ("2", "1/2", "3/2", "3", "1/4", "5", "9/10", "11/10", "10", "1/10", "40", "1/100", "1000")
]
_PLAIN_ADVANTAGES = [Fraction(t) for t in ("1", "-1", "2", "-2", "1/2", "-1/2", "10", "-10", "1/10", "-1/10")]
FAR_BITS = (40, 300, 1100, 1500, 3000, 5000)
_FAR_TEXTS = ("0", "1", "-1", "1/2", "-1/2", "1e4", "-1e4", "1e1000", "-1e1000", "1e-6", "-1e-6", "1e-1000", "-1e-1000")
FAR_ADVANTAGES = tuple(map(Fraction, _FAR_TEXTS))


@dataclass(frozen=True)
class Found:
    """An exact point: f(r, A) <= value < 0, or f is undefined there (value None)."""

    r: Fraction
    A: Fraction
    value: Fraction | None


def negative_point(expr: Expr) -> Found | None:
    """An exact point with f < 0 where float64 shows one, or None; fast."""
    return _first_negative(expr, _screened(expr))


def hidden_negative_point(expr: Expr) -> Found | None:
    """An exact point with f < 0 far beyond float64, in a narrow window or at a special value, or None."""
    return _first_negative(expr, _hidden(expr))


def _first_negative(expr: Expr, candidates: Iterable[tuple[Fraction, Fraction]]) -> Found | None:
    for r, A in candidates:
        try:
            value = value_at(expr, r, A, FAST)
        except UndefinedError:
            continue
        if value is not None and value < 0:
            return Found(r, A, value)
    return None


def undefined_point(expr: Expr) -> Found | None:
    """An exact point where f is certainly not a real number, or None."""
    for r, A in _special_points(expr):
        try:
            value_at(expr, r, A, FAST[:1])
        except UndefinedError:
            return Found(r, A, None)
    values = _screen(expr, LOG_RATIOS, ADVANTAGES if "A" in symbols(expr) else np.ones(1))
    rows, columns = np.nonzero(np.isnan(values))
    for index in np.linspace(0, len(rows) - 1, min(20, len(rows))).astype(int):
        r = Fraction(float(np.exp(LOG_RATIOS[rows[index]])))
        A = Fraction(float(ADVANTAGES[columns[index]])) if "A" in symbols(expr) else Fraction(1)
        try:
            value_at(expr, r, A, FAST[:1])
        except UndefinedError:
            return Found(r, A, None)
    return None


def constants(expr: Expr) -> list[Fraction]:
    return sorted({node.value for node in walk(expr) if isinstance(node, Number)})[:12]


def _special_points(expr: Expr) -> Iterator[tuple[Fraction, Fraction]]:
    """Points at which formulas like to fail: 0, 1 and the constants of the formula, for r and for A."""
    own = constants(expr)
    some = {abs(c) for c in own} | {1 / abs(c) for c in own if c} | {1 + abs(c) for c in own}
    ratios = sorted({Fraction(1), Fraction(1, 2), Fraction(2)} | {c for c in some if c > 0})[:24]
    advantages = sorted({Fraction(0), Fraction(1), Fraction(-1)} | {s * c for c in some for s in (1, -1)})[:30]
    if "A" not in symbols(expr):
        advantages = [Fraction(1)]
    yield from ((r, A) for A in (Fraction(0), Fraction(1), Fraction(-1)) for r in ratios)
    yield from ((r, A) for r in ratios for A in advantages)


def _screen(expr: Expr, log_ratios: NDArray[np.float64], advantages: NDArray[np.float64]) -> NDArray[np.float64]:
    return evaluate(expr, {"r": np.exp(log_ratios)[:, None], "A": advantages[None, :]})


def least_value(expr: Expr) -> float:
    """The least value of f on the float64 grid, at several values of progress, where it is a number."""
    moments = _MOMENTS if "progress" in symbols(expr) else _MOMENTS[..., :1]
    points = {"r": np.exp(LOG_RATIOS)[:, None, None], "A": _advantages(expr)[None, :, None], "progress": moments}
    values = evaluate(expr, points)
    return float(np.min(values, where=~np.isnan(values), initial=np.inf))


def plausible(expr: Expr, assume: Assumptions) -> bool:
    """Whether float64 finds no f < 0 at some points of a region (of the intervals of its symbols)."""
    names = sorted(symbols(expr))
    axes = [_inside(assume.range(Symbol(name))) for name in names]
    points = dict(zip(names, np.meshgrid(*axes, indexing="ij"), strict=True))
    return not bool((evaluate(expr, points) < -1e-12).any())


def _inside(found: Range) -> NDArray[np.float64]:
    lo, hi = float(found.lo), float(found.hi)
    if np.isinf(lo) and np.isinf(hi):
        return np.concatenate([-_STEPS, _STEPS])
    if np.isinf(hi):
        return lo + _STEPS
    return hi - _STEPS if np.isinf(lo) else lo + (hi - lo) * _STEPS / (1 + _STEPS)


_STEPS = np.array([1e-3, 0.05, 0.3, 0.9, 1.7, 4.0, 15.0, 100.0])


def _advantages(expr: Expr) -> NDArray[np.float64]:
    return ADVANTAGES if "A" in symbols(expr) else np.ones(1)


def _screened(expr: Expr) -> Iterator[tuple[Fraction, Fraction]]:
    yield from _plain(expr, "A" in symbols(expr))
    advantages = _advantages(expr)
    yield from _lowest(_screen(expr, LOG_RATIOS, advantages), LOG_RATIOS, advantages)


def _hidden(expr: Expr) -> Iterator[tuple[Fraction, Fraction]]:
    advantages = _advantages(expr)
    yield from _minimised(expr, _screen(expr, LOG_RATIOS, advantages), advantages)
    yield from _far("A" in symbols(expr))
    yield from _special_points(expr)


def _plain(expr: Expr, has_a: bool) -> Iterator[tuple[Fraction, Fraction]]:
    """Points that a person would try, the simplest first."""
    ratios, advantages = _PLAIN_RATIOS, _PLAIN_ADVANTAGES if has_a else _PLAIN_ADVANTAGES[:1]
    values = evaluate(expr, {"r": [[float(r)] for r in ratios], "A": [[float(A) for A in advantages]]})
    found = sorted(zip(*np.nonzero(values < -1e-12), strict=True), key=sum)
    yield from ((ratios[row], advantages[column]) for row, column in found[:8])


def _exact(log_ratio: float, A: float) -> tuple[Fraction, Fraction]:
    r = Fraction(float(np.exp(log_ratio)))
    short = r.limit_denominator(1000)  # a readable point, if it is close enough
    if short > 0 and abs(short - r) <= r / 10**4 * min(1, abs(Fraction(log_ratio)) + Fraction(1, 10**6)):
        r = short
    return r, Fraction(str(float(A)))


def _lowest(
    values: NDArray[np.float64], log_ratios: NDArray[np.float64], advantages: NDArray[np.float64]
) -> Iterator[tuple[Fraction, Fraction]]:
    """Negative values: first those of moderate arguments, then the rest from the clearest on."""
    rows, columns = np.nonzero(values < 0)
    if not len(rows):
        return
    logs, a, v = log_ratios[rows], advantages[columns], values[rows, columns]
    spread = np.abs(np.log(np.abs(logs) / 0.7)) + np.abs(np.log(np.abs(a) + 1e-12))
    clear = v < -1e-9 * np.minimum(1, logs**2)
    order = np.lexsort((spread, ~clear))
    for index in order[: MAX_CONFIRMED // 2]:
        yield _exact(float(logs[index]), float(a[index]))
    for index in np.argsort(v)[: MAX_CONFIRMED // 4]:
        yield _exact(float(logs[index]), float(a[index]))


def _far(has_a: bool) -> Iterator[tuple[Fraction, Fraction]]:
    """Ratios far beyond float64, exact powers of two."""
    advantages = FAR_ADVANTAGES if has_a else FAR_ADVANTAGES[1:2]
    for bits in FAR_BITS:
        for r in (Fraction(2**bits), Fraction(1, 2**bits)):
            yield from ((r, A) for A in advantages)
    if has_a:
        for r in (
            Fraction(1001, 1000),
            Fraction(999, 1000),
            Fraction(3, 2),
            Fraction(1, 2),
            Fraction(10**9 + 1, 10**9),
        ):
            yield from ((r, A) for A in FAR_ADVANTAGES[5:9])


def _minimised(
    expr: Expr, values: NDArray[np.float64], advantages: NDArray[np.float64]
) -> Iterator[tuple[Fraction, Fraction]]:
    """Local minima of f and of f/(log r)**2 on the grid, refined by zooming, all at once."""
    scale = np.minimum(1, LOG_RATIOS**2)[:, None]
    centres: list[tuple[float, float, float, float]] = []
    size = np.minimum(1, np.abs(advantages))[None, :] ** 2 + 1e-300
    with np.errstate(all="ignore"):
        surfaces = (values, values / scale, values / scale / size)
    for surface in surfaces:
        for row, column in _local_minima(surface)[:8]:
            width_l = _gap(LOG_RATIOS, row)
            width_a = _gap(advantages, column) if len(advantages) > 1 else 0.0
            centres.append((LOG_RATIOS[row], advantages[column], width_l, width_a))
    if not centres:
        return
    logs, a, wl, wa = (np.array(part) for part in zip(*centres, strict=True))
    steps = np.linspace(-1, 1, 17)
    logs = np.clip(logs, -650, 650)
    for _ in range(10):
        ls = logs[:, None, None] + wl[:, None, None] * steps[None, :, None]
        across = steps if len(advantages) > 1 else np.zeros(1)
        as_ = a[:, None, None] + wa[:, None, None] * across[None, None, :]
        found = evaluate(expr, {"r": np.exp(np.clip(ls, -700, 700)), "A": as_}) / np.minimum(1, ls**2 + 1e-300)
        found = np.where(np.isnan(found), np.inf, found)
        flat_index = found.reshape(len(logs), -1).argmin(axis=1)
        row, column = np.unravel_index(flat_index, found.shape[1:])
        index = np.arange(len(logs))
        logs, a = ls[index, row, 0], as_[index, 0, column]
        wl, wa = wl / 4, wa / 4
    final = evaluate(expr, {"r": np.exp(logs), "A": a})
    order = np.argsort(final / np.minimum(1, logs**2 + 1e-300))
    for index in order[: MAX_CONFIRMED // 2]:
        if np.isfinite(logs[index]) and abs(logs[index]) < 700:
            yield Fraction(float(np.exp(logs[index]))), Fraction(float(a[index]))


def _local_minima(values: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Grid points not above their neighbours along either axis, the lowest first."""
    v = np.where(np.isnan(values), np.inf, values)
    padded = np.pad(v, 1, constant_values=np.inf)
    low = np.isfinite(v)
    for shift in ((0, 1), (2, 1), (1, 0), (1, 2)):
        low &= v <= padded[shift[0] : shift[0] + v.shape[0], shift[1] : shift[1] + v.shape[1]]
    rows, columns = np.nonzero(low)
    order = np.argsort(v[rows, columns], kind="stable")
    return [(int(rows[i]), int(columns[i])) for i in order]


def _gap(grid: NDArray[np.float64], index: int) -> float:
    lower, upper = grid[max(index - 1, 0)], grid[min(index + 1, len(grid) - 1)]
    return float(max(upper - grid[index], grid[index] - lower))
