"""Expressions as sympy objects, with the assumptions r > 0, A real, built node by node (never from a string)."""

from typing import Any

import sympy

from discovery.expression.node import Apply, Expr, Number, Symbol
from discovery.expression.operators import OPERATORS

SYMBOLS = {
    "r": sympy.Symbol("r", positive=True),
    "A": sympy.Symbol("A", real=True),
    "progress": sympy.Symbol("progress", nonnegative=True),
}


def to_sympy(expr: Expr) -> Any:
    """The sympy expression with the same meaning."""
    match expr:
        case Number(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Symbol(name):
            return SYMBOLS[name]
        case Apply(op, args):
            return OPERATORS[op].sympy(sympy, *map(to_sympy, args))
    raise TypeError(f"not an expression: {expr!r}")
