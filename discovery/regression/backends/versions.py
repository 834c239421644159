"""Versions of a formula that may be valid drifts where it is not: shifted, rectified, projected."""

from collections.abc import Iterator

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, ZERO, Apply, Expr, subtract
from discovery.expression.projection import at_one, residual_projection
from discovery.regression.backends.protocol import Region

AS_IT_IS = "as it is"


def versions(expr: Expr, region: Region) -> Iterator[tuple[str, Expr]]:
    """(how, formula) for each version, the nearest first, all different; the first is the formula as it is.

    A formula of one half is offered for every A, and for its half with zero on the other.
    """
    seen: set[Expr] = set()
    for how, found in _versions(expr):
        for suffix, made in _in_region(found, region):
            try:
                made = canonical(made)
            except ValueError:
                continue
            if made not in seen:
                seen.add(made)
                yield how + suffix, made


def _in_region(expr: Expr, region: Region) -> Iterator[tuple[str, Expr]]:
    yield "", expr
    if region is Region.POSITIVE:
        yield ", where A >= 0", where_advantage(expr, ZERO)
    elif region is Region.NEGATIVE:
        yield ", where A < 0", where_advantage(ZERO, expr)


def where_advantage(positive: Expr, negative: Expr) -> Expr:
    """where(A >= 0, positive, negative)."""
    return Apply("where", (Apply("le", (ZERO, ADVANTAGE)), positive, negative))


def _versions(f: Expr) -> Iterator[tuple[str, Expr]]:
    yield AS_IT_IS, f
    yield "ReLU", Apply("relu", (f,))
    try:
        shifted = subtract(f, at_one(f))
    except ValueError:
        shifted = f
    yield "shifted to 0 at r = 1", shifted
    yield "shifted to 0 at r = 1, ReLU", Apply("relu", (shifted,))
    inside = f.args[0] if isinstance(f, Apply) and f.op == "relu" else f
    residual = residual_projection(inside)
    if residual is not None:
        yield "residual projection", residual
        yield "ReLU of the residual projection", Apply("relu", (residual,))
