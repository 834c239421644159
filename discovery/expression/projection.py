"""The residual projection, by which any smooth formula becomes zero and flat at r = 1."""

from discovery.expression.canonical import canonical
from discovery.expression.differentiate import NotSmoothError, derivative
from discovery.expression.node import ONE, RATIO, Apply, Expr, mul, substitute, subtract


def at_one(expr: Expr) -> Expr:
    """The expression at r = 1, canonical, with powers of 1 computed.

    Raises:
        ValueError: a division by zero.
    """
    return canonical(_without_powers_of_one(canonical(substitute(expr, {RATIO.name: ONE}))))


def residual_projection(g: Expr) -> Expr | None:
    """T(r, A) = g(r, A) - g(1, A) - (r - 1) g_r(1, A), zero and flat at r = 1; None if g may have a kink in r."""
    try:
        slope = at_one(derivative(g, RATIO))
        return canonical(subtract(subtract(g, at_one(g)), mul(subtract(RATIO, ONE), slope)))
    except (NotSmoothError, ValueError):
        return None


def relu_residual(g: Expr) -> Expr:
    """relu(g(r, A) - g(1, A) - (r - 1) g_r(1, A)), a valid drift wherever g is defined and smooth in r.

    Raises:
        ValueError: g may have a kink in r, so that its slope at r = 1 is not known.
    """
    residual = residual_projection(g)
    if residual is None:
        raise ValueError("the formula is not smooth in r: it has no residual projection")
    return canonical(Apply("relu", (residual,)))


def _without_powers_of_one(expr: Expr) -> Expr:
    if not isinstance(expr, Apply):
        return expr
    args = tuple(map(_without_powers_of_one, expr.args))
    return ONE if expr.op == "pow" and args[0] == ONE else Apply(expr.op, args)
