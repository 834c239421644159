"""Expressions as JSON values: a rational is {"number": "3/5"}, a symbol {"symbol": "r"}, the rest {"op", "args"}."""

from fractions import Fraction
from typing import Any

from discovery.expression.node import DRIFT_SYMBOLS, Apply, Expr, Number, Symbol
from discovery.expression.operators import COMPARISONS, OPERATORS
from discovery.expression.parser import MAX_DEPTH, MAX_DIGITS


def to_json(expr: Expr) -> dict[str, Any]:
    """A JSON object that `from_json` reads back to the same expression."""
    match expr:
        case Number(value):
            return {"number": str(value)}
        case Symbol(name):
            return {"symbol": name}
        case Apply(op, args):
            return {"op": op, "args": [to_json(arg) for arg in args]}
    raise TypeError(f"not an expression: {expr!r}")


def from_json(data: Any, *, allowed: tuple[str, ...] = DRIFT_SYMBOLS) -> Expr:
    """The expression of a JSON object.

    Raises:
        ValueError: the object is no expression of the language (it may come from a user).
    """
    return _read(data, allowed, 0)


def _read(data: Any, allowed: tuple[str, ...], level: int) -> Expr:
    if level > MAX_DEPTH:
        raise ValueError(f"the expression is nested deeper than {MAX_DEPTH} levels")
    match data:
        case {"number": str(text)} if len(text) <= 2 * MAX_DIGITS:
            return Number(Fraction(text))
        case {"symbol": str(name)} if name in allowed:
            return Symbol(name)
        case {"op": str(op), "args": list(args)} if op in OPERATORS and _fits(OPERATORS[op].arity, len(args)):
            expr = Apply(op, tuple(_read(arg, allowed, level + 1) for arg in args))
            for position, arg in enumerate(expr.args):
                is_condition = isinstance(arg, Apply) and arg.op in COMPARISONS
                if is_condition != (op == "where" and position == 0):
                    raise ValueError(f"argument {position + 1} of {op} is of the wrong kind")
            return expr
    raise ValueError(f"not an expression: {str(data)[:80]}")


def _fits(arity: int | None, count: int) -> bool:
    return count >= 2 if arity is None else count == arity
