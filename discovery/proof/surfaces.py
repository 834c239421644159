"""The set {(r, A): g = 0, r > 0} on which a where() switches, as graphs r = value(A) or A = value(r)."""

from dataclasses import dataclass
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    ADVANTAGE,
    MINUS_ONE,
    ONE,
    RATIO,
    ZERO,
    Apply,
    Expr,
    Number,
    Symbol,
    add,
    mul,
    power,
    subtract,
    symbols,
)
from discovery.proof.products import factored
from discovery.proof.ranges import POSITIVE
from discovery.proof.sign import Assumptions, normal_form

REGION = Assumptions({RATIO: POSITIVE})


@dataclass(frozen=True)
class Graph:
    """`factor` is 0 exactly where `symbol` = `value`, an expression in the other symbol."""

    factor: Expr
    symbol: str
    value: Expr


@dataclass(frozen=True)
class Level:
    """A set {quantity = value}, where a function that contains the quantity is compared with u in its place."""

    quantity: Expr
    value: Expr


def coverings(gap: Expr) -> list[list[Level]]:
    """Families of level sets that each cover {gap = 0}; the first ones look into the gap the least."""
    return [levels(gap, deep=False), levels(gap, deep=True)]


def levels(gap: Expr, *, deep: bool) -> list[Level]:
    """Level sets that cover {gap = 0}: |x| = c is x = c or x = -c.

    Deep: log(x) = c is x = exp(c), r**n = c is r = c**(1/n), x*y = 0 is x = 0 or y = 0.
    """
    scale, rest, shift = normal_form(gap)
    if scale == 0:
        return []
    value = -shift / scale
    match rest:
        case Apply("abs", (x,)):
            sides = [] if value < 0 else dict.fromkeys((value, -value))
            return [level for side in sides for level in levels(canonical(subtract(x, Number(side))), deep=deep)]
        case Apply("log", (x,)) if deep:
            return [Level(x, canonical(Apply("exp", (Number(value),))))]
        case Apply("pow", (Symbol("r"), Number(n))) if deep:
            root = canonical(power(Number(value), 1 / n)) if value > 0 else ZERO
            return [Level(RATIO, root)] if value > 0 else []
        case Apply("pow", (x, Number(n))) if deep and value == 0 and n.denominator == 1 and n > 0:
            return levels(x, deep=deep) * int(n)
        case Apply("mul", factors) if deep and value == 0:
            zeros = [factor for factor in factors if not REGION.range(factor).nonzero]
            return [level for factor in zeros for level in levels(factor, deep=deep)]
        case Apply("add", _) if deep and value == 0 and factored(rest) != rest:
            return levels(canonical(factored(rest)), deep=deep)
    return [Level(rest, Number(value))]


def solve(expr: Expr, target: Fraction) -> list[Graph] | None:
    """Graphs that together cover {expr = target, r > 0}, or None if they are not found.

    expr - target is the product of their factors and of something that is nowhere 0 (up to the sign of the arguments
    of abs). The covering may be too large, never too small.
    """
    gap = subtract(expr, Number(target)) if target else expr
    match expr:
        case Number(value):
            return [] if value != target else None
        case Symbol("r") if target <= 0:
            return []
        case Symbol(name):
            return [Graph(gap, name, Number(target))]
        case Apply("pow", (Symbol("r"), Number(n))):
            root = canonical(power(Number(target), 1 / n)) if target > 0 else ZERO
            return [Graph(gap, "r", root)] if target > 0 else []
        case Apply("log", (Symbol("r"),)):
            return [Graph(gap, "r", canonical(Apply("exp", (Number(target),))))]
    scale, rest, shift = normal_form(expr)
    if rest != expr and scale != 0:
        return solve(rest, (target - shift) / scale)
    match expr:
        case Apply("abs", (x,)):
            return [] if target < 0 else solve(x, target) if target == 0 else _both(x, target)
        case Apply("pow", (x, Number(n))) if n.denominator == 1 and n > 0 and target == 0:
            found = solve(x, target)
            return None if found is None else found * int(n)
        case Apply("pow", (x, Number(n))) if n == 2:
            root = canonical(power(Number(target), Fraction(1, 2))) if target > 0 else None
            return [] if target < 0 else _both(x, root.value) if isinstance(root, Number) else None
        case Apply("tanh" | "sinh" | "atan" | "asinh", (x,)) if target == 0:
            return _increasing(expr, solve(x, target))
        case Apply("log", (x,)) if target == 0:
            return _increasing(expr, solve(x, Fraction(1)))
        case Apply("exp", (x,)):
            return [] if target <= 0 else _increasing(gap, solve(x, Fraction(0))) if target == 1 else None
        case Apply("mul", factors):
            return _product(expr, factors, target)
        case Apply("add", _):
            return _linear(expr, target)
    return None


def _increasing(gap: Expr, inner: list[Graph] | None) -> list[Graph] | None:
    """An increasing function of something that has one zero has that zero."""
    if inner is None or len(inner) > 1:
        return None
    return [Graph(gap, graph.symbol, graph.value) for graph in inner]


def _both(x: Expr, c: Fraction) -> list[Graph] | None:
    found = [solve(x, c), solve(x, -c)]
    return None if found[0] is None or found[1] is None else found[0] + found[1]


def _product(expr: Expr, factors: tuple[Expr, ...], target: Fraction) -> list[Graph] | None:
    if target == 0:
        found: list[Graph] = []
        for factor in factors:
            if REGION.range(factor).nonzero:
                continue
            part = solve(factor, target)
            if part is None:
                return None
            found += part
        return found
    others = [factor for factor in factors if factor != ADVANTAGE]
    if len(others) != len(factors) - 1 or any("A" in symbols(factor) for factor in others):
        return None
    g = others[0] if len(others) == 1 else Apply("mul", tuple(others))
    value = canonical(mul(Number(target), power(g, -1)))  # where g = 0 the product is 0, not the target
    return [Graph(subtract(expr, Number(target)), "A", value)]


def _linear(expr: Apply, target: Fraction) -> list[Graph] | None:
    """slope(r) A + rest(r) = target with slope != 0 everywhere, or a common factor A in all terms (target 0)."""
    if target == 0:
        pulled = factored(expr)
        if pulled != expr and isinstance(pulled, Apply) and pulled.op == "mul":
            return solve(canonical(pulled), target)
    slopes: list[Expr] = []
    rest: list[Expr] = [Number(-target)]
    for term in expr.args:
        factors = term.args if isinstance(term, Apply) and term.op == "mul" else (term,)
        others = tuple(factor for factor in factors if factor != ADVANTAGE)
        if any("A" in symbols(other) for other in others) or len(factors) - len(others) > 1:
            return None
        if len(others) == len(factors):
            rest.append(term)
        else:
            slopes.append(mul(ONE, *others) if others else ONE)
    if not slopes:
        return None
    slope = canonical(add(ZERO, *slopes))
    if not REGION.range(slope).nonzero:
        return None
    value = canonical(mul(MINUS_ONE, add(ZERO, *rest), power(slope, -1)))
    return [Graph(subtract(expr, Number(target)), "A", value)]
