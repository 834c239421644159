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
from discovery.expression.printer import to_text
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

    def to_json(self) -> dict[str, str]:
        return {"factor": to_text(canonical(self.factor)), "symbol": self.symbol, "value": to_text(self.value)}


@dataclass(frozen=True)
class Level:
    """A set {quantity = value}, where a function that contains the quantity is compared with u in its place."""

    quantity: Expr
    value: Fraction


def levels(gap: Expr) -> list[Level]:
    """{gap = 0} as level sets of what is inside a linear function and abs; all of it."""
    scale, rest, shift = normal_form(gap)
    if scale == 0:
        return []
    value = -shift / scale
    match rest:
        case Apply("abs", (x,)) if value < 0:
            return []
        case Apply("abs", (x,)):
            found = [level for side in {value, -value} for level in levels(subtract_number(x, side))]
            return found
    return [Level(rest, value)]


def subtract_number(expr: Expr, value: Fraction) -> Expr:
    return canonical(subtract(expr, Number(value)))


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
