"""The last fits of each part, constants snapped; then the halves A >= 0 and A < 0 put together."""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, ZERO, Apply, Expr, negate
from discovery.expression.operators import complexity
from discovery.grammar.enumerate import Skeleton
from discovery.regression.fit import Array, loss_of, refine
from discovery.regression.part import Fitted, Part, elite, fitted
from discovery.regression.snap import snap

_BEST, _EACH = 30, 2  # formulas of a part that are fitted on many rows: the best, and the best of each complexity
_NEAR, _NEAR_RATIO = 12, 2.0  # formulas of a half that may be as good as its best
_SNAPPED = 16  # of them, the ones whose constants are snapped, beside their front


@dataclass(frozen=True)
class Scored:
    """A formula with exact constants for a part of the table, its squared error there, and what it was fitted as."""

    expr: Expr
    loss: float
    skeleton: Skeleton
    constants: Array
    part: Part


def finalists(part: Part, *, tolerance: float, executor: Executor) -> list[Scored]:
    """The best formulas of a part, fitted on many rows and snapped."""
    known = elite(part.archive.values(), _EACH)
    if not part.exact:
        known += part.best(_BEST)
    else:
        size = min(item.complexity for item in part.exact)
        known = [*part.exact, *(item for item in known if item.complexity < size)]
    chosen = list({item.skeleton.expr: item for item in known}.values())
    fits = list(executor.map(lambda item: _on_many_rows(item, part), chosen))
    fits.sort(key=lambda item: item.loss)
    kept = [item for index, item in enumerate(fits) if index < _SNAPPED or item in _staircase(fits)]

    def scored(item: Fitted) -> Scored:
        expr, fit = snap(item.skeleton, item.fit, part.many, tolerance=tolerance)
        return Scored(expr, loss_of(expr, part.many.table), item.skeleton, fit.constants, part)

    return [item for item in executor.map(scored, kept) if np.isfinite(item.loss)]


def _on_many_rows(item: Fitted, part: Part) -> Fitted:
    if any(item is exact for exact in part.exact):
        return item
    return fitted(item.skeleton, refine(item.skeleton, item.constants[None, :], part.many, iterations=30))


def _staircase(fits: list[Fitted]) -> list[Fitted]:
    """The fits that no simpler one beats."""
    front: list[Fitted] = []
    for item in sorted(fits, key=lambda item: (item.complexity, item.loss)):
        if not front or item.loss < front[-1].loss * 0.999:
            front.append(item)
    return front


def joined(positive: list[Scored], negative: list[Scored]) -> dict[Expr, tuple[Scored, Scored]]:
    """where(A >= 0, x, y) for pairs of each half's own front, and of each half's formulas that are nearly the best.

    The latter make the tie sets. Each formula comes with its two halves.
    """
    fronts = [_front(half) for half in (positive, negative)]
    near = [_near_best(half) for half in (positive, negative)]
    pairs = [(x, y) for x in fronts[0] for y in fronts[1]] + [(x, y) for x in near[0] for y in near[1]]
    return {join(x.expr, y.expr): (x, y) for x, y in pairs}


def _near_best(formulas: list[Scored]) -> list[Scored]:
    ranked = sorted(formulas, key=lambda scored: scored.loss)
    return [scored for scored in ranked[:_NEAR] if scored.loss <= _NEAR_RATIO * ranked[0].loss]


def _front(formulas: list[Scored]) -> list[Scored]:
    front: list[Scored] = []
    for scored in sorted(formulas, key=lambda s: (complexity(s.expr), s.loss)):
        if not front or scored.loss < front[-1].loss * 0.999:
            front.append(scored)
    return front


def join(positive: Expr, negative: Expr) -> Expr:
    """The two formulas, with |A| written as A and -A."""
    condition = Apply("le", (ZERO, ADVANTAGE))
    halves = _without_magnitude(positive, ADVANTAGE), _without_magnitude(negative, negate(ADVANTAGE))
    return canonical(Apply("where", (condition, *halves)))


def _without_magnitude(expr: Expr, magnitude: Expr) -> Expr:
    if expr == Apply("abs", (ADVANTAGE,)):
        return magnitude
    if isinstance(expr, Apply):
        return Apply(expr.op, tuple(_without_magnitude(arg, magnitude) for arg in expr.args))
    return expr
