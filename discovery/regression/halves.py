"""The last fits of each part, constants snapped; then the halves A >= 0 and A < 0 put together."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, ZERO, Apply, Expr, negate
from discovery.expression.operators import complexity
from discovery.grammar.enumerate import Skeleton
from discovery.regression.fit import Array, linear_constant, loss_of, refine
from discovery.regression.part import Fitted, Part, elite, fitted
from discovery.regression.snap import snap

_BEST, _EACH = 24, 4  # formulas of a part that are fitted on many rows: the best, and the best of each complexity
_NEAR = 1.3  # a loss so many times that of a simpler formula is nearly as good
_MOST = 40  # formulas of a part that are snapped
_LIMIT = 1e-3  # relatively: so near to an end of its range a constant is at it
_PAIRS = 400  # joined formulas


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
    fits = [item for item in fits if not _at_limit(item)] or fits
    kept = near_front([(item.complexity, item.loss) for item in fits], _MOST)

    def scored(item: Fitted) -> Scored:
        expr, fit = snap(item.skeleton, item.fit, part.many, tolerance=tolerance)
        return Scored(expr, loss_of(expr, part.many.table, part.many.loss), item.skeleton, fit.constants, part)

    return [item for item in executor.map(scored, [fits[index] for index in kept]) if np.isfinite(item.loss)]


def _on_many_rows(item: Fitted, part: Part) -> Fitted:
    if any(item is exact for exact in part.exact):
        return item
    return fitted(item.skeleton, refine(item.skeleton, item.constants[None, :], part.many, iterations=30))


def _at_limit(item: Fitted) -> bool:
    """Whether a constant, other than one in front, stands at an end of its range.

    c*tanh(x/c) with the largest c is x in disguise: its limit is a shorter formula, which the search has as well.
    """
    linear = linear_constant(item.skeleton)
    return any(
        index != linear and not scope.low * (1 + _LIMIT) < value < scope.high / (1 + _LIMIT)
        for index, (value, scope) in enumerate(zip(item.constants, item.skeleton.constants, strict=True))
    )


def near_front(formulas: Sequence[tuple[int, float]], most: int) -> list[int]:
    """The indices of at most `most` (complexity, loss) whose loss is nearly that of the best no larger one.

    The front itself comes first, then the others by their loss.
    """
    front, near, bound = [], [], float("inf")
    for index in sorted(range(len(formulas)), key=lambda index: formulas[index]):
        loss = formulas[index][1]
        if loss < bound:
            front.append(index)
            bound = loss
        elif loss <= _NEAR * bound:
            near.append(index)
    return [*front, *sorted(near, key=lambda index: formulas[index][1])][:most]


def joined(positive: list[Scored], negative: list[Scored]) -> dict[Expr, tuple[Scored, Scored]]:
    """where(A >= 0, x, y) for the pairs of halves that are nearly as good as any pair of their size.

    The losses of the halves add up, so pairs are chosen before they are joined. The runners-up make the tie sets. Each
    formula comes with its two halves.
    """
    pairs = [(x, y) for x in positive for y in negative]
    sizes = [(complexity(x.expr) + complexity(y.expr), x.loss + y.loss) for x, y in pairs]
    return {join(pairs[i][0].expr, pairs[i][1].expr): pairs[i] for i in near_front(sizes, _PAIRS)}


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
