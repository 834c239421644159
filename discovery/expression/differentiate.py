"""Symbolic derivatives of smooth expressions, by the chain rule."""

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    MINUS_ONE,
    ONE,
    ZERO,
    Apply,
    Expr,
    Number,
    Symbol,
    add,
    divide,
    mul,
    number,
    power,
    subtract,
    symbols,
)


class NotSmoothError(ValueError):
    """The expression may have a kink or a jump in the symbol."""


def derivative(expr: Expr, symbol: Symbol) -> Expr:
    """The derivative of `expr` in `symbol`, canonical, wherever `expr` is defined and smooth.

    Raises:
        NotSmoothError: the symbol occurs within abs, sign, relu, min, max or clip, or in the condition of a where.
    """
    return canonical(_derivative(expr, symbol))


def _derivative(expr: Expr, symbol: Symbol) -> Expr:
    if symbol.name not in symbols(expr):
        return ZERO
    match expr:
        case Apply("add", terms):
            return add(*(_derivative(term, symbol) for term in terms))
        case Apply("mul", factors):
            others = [tuple(f for j, f in enumerate(factors) if j != i) for i in range(len(factors))]
            products = [mul(_derivative(f, symbol), *rest) for f, rest in zip(factors, others, strict=True)]
            return add(*products)
        case Apply("pow", (_, Number(n))) if n == 0:
            return ZERO  # and not 0*x**(-1), which is undefined at x = 0
        case Apply("pow", (base, Number(n))):
            return mul(Number(n), power(base, n - 1), _derivative(base, symbol))
        case Apply("pow", (base, exponent)):  # b**e = exp(e log b)
            return mul(expr, _derivative(mul(exponent, Apply("log", (base,))), symbol))
        case Apply("where", (condition, x, y)) if symbol.name not in symbols(condition):
            return Apply("where", (condition, _derivative(x, symbol), _derivative(y, symbol)))
        case Apply(op, (x,)):
            return mul(_outer(op, x), _derivative(x, symbol))
        case Symbol():
            return ONE
    raise NotSmoothError(f"{expr.op if isinstance(expr, Apply) else expr} is not smooth")


def _outer(op: str, x: Expr) -> Expr:
    """The derivative of a function of one argument, at x."""
    value, square = Apply(op, (x,)), power(x, 2)
    match op:
        case "log":
            return power(x, -1)
        case "exp":
            return value
        case "tanh":
            return subtract(ONE, power(value, 2))
        case "sinh" | "cosh":
            return Apply("cosh" if op == "sinh" else "sinh", (x,))
        case "sech":
            return mul(MINUS_ONE, value, Apply("tanh", (x,)))
        case "sigmoid":
            return mul(value, subtract(ONE, value))
        case "softplus":
            return Apply("sigmoid", (x,))
        case "atan":
            return divide(ONE, add(ONE, square))
        case "asinh":
            return power(add(ONE, square), number("-1/2"))
    raise NotSmoothError(f"{op} has a kink or a jump")
