"""Values of an expression over numpy arrays; in float64 the reference for every other back end."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from discovery.expression.node import HALF, Apply, Expr, Number, Symbol
from discovery.expression.operators import OPERATORS


def evaluate(expr: Expr, values: Mapping[str, Any], dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """f at the given points; nan or inf where it is undefined or overflows.

    Args:
        expr: the expression.
        values: an array or number for each symbol, e.g. {"r": ratio, "A": advantage}, of shapes that broadcast.
        dtype: the precision; searches screen in float32.
    """
    arrays = {name: np.asarray(value, dtype=dtype) for name, value in values.items()}
    shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(_evaluate(expr, arrays), dtype=dtype), shape)


def _evaluate(expr: Expr, values: Mapping[str, NDArray[Any]]) -> Any:
    match expr:
        case Number(value):
            return _float(value)
        case Symbol(name):
            return values[name]
        case Apply("pow", (base, Number(value))) if value.denominator == 1 and abs(value) <= 2**31:
            return integer_power(_evaluate(base, values), value.numerator)
        case Apply("pow", (base, Number(value))) if value == HALF:
            return np.sqrt(_evaluate(base, values))
        case Apply("where", (Apply(relation, sides), x, y)):
            left, right = (_evaluate(side, values) for side in sides)
            chosen = np.where(OPERATORS[relation].array(np, left, right), _evaluate(x, values), _evaluate(y, values))
            return np.where(np.isnan(left) | np.isnan(right), np.nan, chosen)  # undefined, not false
        case Apply(op, args):
            return OPERATORS[op].array(np, *(_evaluate(arg, values) for arg in args))
    raise TypeError(f"not an expression: {expr!r}")


def integer_power(base: Any, exponent: int) -> Any:
    """base ** exponent; products where those are faster than a power."""
    if exponent == 3:
        return base * base * base
    if exponent == 4:
        square = base * base
        return square * square
    return base ** float(exponent)


def _float(value: Fraction) -> float:
    """The nearest float64; infinite beyond its range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
