"""Kinks and jumps: the nodes of a formula that switch between smooth pieces, and how a case resolves them."""

from discovery.expression.canonical import canonical
from discovery.expression.node import MINUS_ONE, ONE, ZERO, Apply, Expr, add, mul, walk
from discovery.proof.sign import Assumptions

SWITCHES = frozenset({"abs", "relu", "sign", "max", "min", "clip", "where"})


def difference(left: Expr, right: Expr) -> Expr:
    """left - right, canonical."""
    return canonical(add(left, mul(MINUS_ONE, right)))


def is_smooth(expr: Expr) -> bool:
    """Whether no switching operator occurs."""
    return not any(isinstance(node, Apply) and node.op in SWITCHES for node in walk(expr))


def replace(expr: Expr, old: Expr, new: Expr) -> Expr:
    """`expr` with every occurrence of the subtree `old` replaced by `new`; not made canonical."""
    if expr == old:
        return new
    if isinstance(expr, Apply):
        return Apply(expr.op, tuple(replace(arg, old, new) for arg in expr.args))
    return expr


def resolve(expr: Expr, assume: Assumptions) -> Expr:
    """An expression equal to `expr` wherever the assumptions hold, with the switches resolved that they decide."""
    return canonical(_resolve(expr, assume, {}))


def _resolve(expr: Expr, assume: Assumptions, known: dict[Expr, Expr]) -> Expr:
    if not isinstance(expr, Apply):
        return expr
    if expr not in known:
        known[expr] = _resolve_apply(expr, assume, known)
    return known[expr]


def _resolve_apply(expr: Apply, assume: Assumptions, known: dict[Expr, Expr]) -> Expr:
    if expr.op == "where":
        condition, x, y = expr.args
        holds, fails = assume.case(condition, True), assume.case(condition, False)
        if fails is None:
            return _resolve(x, assume, known)
        if holds is None:
            return _resolve(y, assume, known)
        return Apply("where", (condition, _resolve(x, holds, {}), _resolve(y, fails, {})))
    args = tuple(_resolve(arg, assume, known) for arg in expr.args)
    expr = Apply(expr.op, args)
    if expr.op not in SWITCHES:
        return expr
    x = canonical(args[0])
    found = assume.range(x)
    match expr.op:
        case "abs" | "relu" if found.nonnegative:
            return x
        case "abs" if found.nonpositive:
            return mul(MINUS_ONE, x)
        case "relu" if found.nonpositive:
            return ZERO
        case "sign" if found.positive or found.negative or found.zero:
            return ONE if found.positive else MINUS_ONE if found.negative else ZERO
        case "max" | "min":
            return _extremum(expr.op, [canonical(arg) for arg in args], assume)
        case "clip":
            low, high = canonical(args[1]), canonical(args[2])
            if assume.range(difference(x, high)).nonnegative:
                return high
            if assume.range(difference(x, low)).nonnegative:
                return _extremum("min", [x, high], assume)
            if assume.range(difference(high, x)).nonnegative and assume.range(difference(high, low)).nonnegative:
                return _extremum("max", [x, low], assume)
    return expr


def _extremum(op: str, args: list[Expr], assume: Assumptions) -> Expr:
    """Drops the arguments that another argument always dominates."""
    kept: list[Expr] = []
    for arg in args:
        gaps = [assume.range(difference(other, arg)) for other in kept]
        if any(gap.nonnegative if op == "max" else gap.nonpositive for gap in gaps):
            continue
        kept = [
            k for k, gap in zip(kept, gaps, strict=True) if not (gap.nonpositive if op == "max" else gap.nonnegative)
        ]
        kept.append(arg)
    return kept[0] if len(kept) == 1 else Apply(op, tuple(kept))


def without_sign(expr: Expr) -> Expr:
    """sign(x) as where(x <= 0, where(0 <= x, 0, -1), 1), everywhere."""
    if not isinstance(expr, Apply):
        return expr
    args = tuple(without_sign(arg) for arg in expr.args)
    if expr.op != "sign":
        return Apply(expr.op, args)
    x = args[0]
    inner = Apply("where", (Apply("le", (ZERO, x)), ZERO, MINUS_ONE))
    return Apply("where", (Apply("le", (x, ZERO)), inner, ONE))


def first_switch(expr: Expr) -> Apply | None:
    """An innermost switching node, one whose arguments (or condition) hold no further switch."""
    found = None
    for node in walk(expr):
        if isinstance(node, Apply) and node.op in SWITCHES:
            parts = node.args if node.op != "where" else node.args[:1]
            if all(is_smooth(part) for part in parts):
                found = node
                break
    return found


def switching_surface(node: Apply) -> Expr:
    """g such that g >= 0 decides `node`, or reduces it by one argument; so does g < 0."""
    x = node.args[0]
    match node.op:
        case "where":
            condition = x
            assert isinstance(condition, Apply)
            return difference(condition.args[1], condition.args[0])
        case "clip":
            return difference(node.args[2], x)
        case "max" | "min":
            return difference(x, node.args[1])
    return canonical(x)
