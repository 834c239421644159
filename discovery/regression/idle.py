"""ReLUs that never act: ReLU(g) where g is nowhere negative, which is g."""

import numpy as np
from numpy.typing import NDArray

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import ADVANTAGE, ZERO, Apply, Expr
from discovery.regression.table import DriftTable

_SLACK = 1e-12  # of the largest value: rounding


def without_idle_relus(expr: Expr, table: DriftTable) -> Expr:
    """The formula without the ReLUs whose argument is negative on no row of the table.

    Whether they are idle off the table as well is for a proof to say: ReLU(g) and g are one function where g >= 0.
    """
    rows = np.ones(len(table), dtype=bool)
    return canonical(_stripped(expr, table, rows))


def _stripped(expr: Expr, table: DriftTable, rows: NDArray[np.bool_]) -> Expr:
    match expr:
        case Apply("relu", (inner,)):
            values = evaluate(inner, table.variables())[rows]
            if len(values) and values.min() >= -_SLACK * np.abs(values).max():
                return _stripped(inner, table, rows)
        case Apply("where", (condition, x, y)) if condition == Apply("le", (ZERO, ADVANTAGE)):
            sides = rows & (table.advantage >= 0), rows & (table.advantage < 0)
            return Apply("where", (condition, _stripped(x, table, sides[0]), _stripped(y, table, sides[1])))
    if isinstance(expr, Apply):
        return Apply(expr.op, tuple(_stripped(arg, table, rows) for arg in expr.args))
    return expr
