"""Parts of a formula that never act on the data: ReLU(g) where g >= 0, a clip, minimum or maximum far outside."""

import numpy as np
from numpy.typing import NDArray

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import ADVANTAGE, ZERO, Apply, Expr
from discovery.regression.table import DriftTable

_SLACK = 1e-12  # of the largest value: rounding


def without_idle_parts(expr: Expr, table: DriftTable) -> Expr:
    """The formula with every ReLU, minimum and maximum that equals one of its arguments on all rows replaced by it.

    The shorter formula is the same on the table. Off the table it may be another one, so it needs a proof of its own.
    """
    return canonical(_stripped(expr, table, np.ones(len(table), dtype=bool)))


def _stripped(expr: Expr, table: DriftTable, rows: NDArray[np.bool_]) -> Expr:
    match expr:
        case Apply("relu" | "min" | "max" | "clip", args):
            for arg in args:
                if _equal(expr, arg, table, rows):
                    return _stripped(arg, table, rows)
        case Apply("where", (condition, x, y)) if condition == Apply("le", (ZERO, ADVANTAGE)):
            sides = rows & (table.advantage >= 0), rows & (table.advantage < 0)
            return Apply("where", (condition, _stripped(x, table, sides[0]), _stripped(y, table, sides[1])))
    if isinstance(expr, Apply):
        return Apply(expr.op, tuple(_stripped(arg, table, rows) for arg in expr.args))
    return expr


def _equal(x: Expr, y: Expr, table: DriftTable, rows: NDArray[np.bool_]) -> bool:
    if not rows.any():
        return False
    left, right = (evaluate(each, table.variables())[rows] for each in (x, y))
    return bool(np.all(np.abs(left - right) <= _SLACK * np.abs(left).max()))
