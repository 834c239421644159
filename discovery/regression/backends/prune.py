"""Parts of a formula that the data do not need: specks of 1e-20, a max that never bites, sums that cancel."""

from collections.abc import Iterator

from discovery.expression.canonical import canonical
from discovery.expression.node import ZERO, Apply, Expr, Number, add, mul, subtract, symbols
from discovery.expression.operators import complexity
from discovery.regression.backends.yardstick import Yardstick

MOST_ROUNDS = 12


def pruned(expr: Expr, stick: Yardstick) -> Expr:
    """The formula without what the yardstick does not miss: greedily, in each round the change that shortens most."""
    for _ in range(MOST_ROUNDS):
        size = complexity(expr)
        for smaller in _by_size(_changes(expr), size):
            if stick.equal(smaller):
                expr = smaller
                break
        else:
            return expr
    return expr


def _by_size(exprs: Iterator[Expr], size: int) -> list[Expr]:
    """Different canonical formulas of less than `size`, the shortest first; a constant is no formula."""
    found: dict[Expr, int] = {}
    for expr in exprs:
        try:
            expr = canonical(expr)
        except ValueError:  # a division by zero
            continue
        if expr not in found and (cost := complexity(expr)) < size and symbols(expr):
            found[expr] = cost
    return sorted(found, key=lambda expr: found[expr])


def _rectified(term: Expr) -> Expr | None:
    """k relu(x - c) for k max(x, c)."""
    match term:
        case Apply("max", (x, Number() as c)):
            return Apply("relu", (subtract(x, c),))
        case Apply("mul", (Number() as k, Apply("max", (x, Number() as c)))):
            return mul(k, Apply("relu", (subtract(x, c),)))
    return None


def _changes(expr: Expr) -> Iterator[Expr]:
    """The formula with one part gone: a term, a factor or an argument dropped, a function or a part replaced by 0."""
    if not isinstance(expr, Apply):
        return
    op, args = expr.op, expr.args
    if op == "add" and isinstance(args[-1], Number):
        for index, arg in enumerate(args[:-1]):
            if (rectified := _rectified(arg)) is not None:  # max(x, c) - c
                yield add(ZERO, *args[:index], rectified, *args[index + 1 : -1])
    if op in ("add", "mul", "max", "min"):
        for index in range(len(args)):
            rest = args[:index] + args[index + 1 :]
            if op == "mul" and isinstance(args[index], Number):
                continue
            yield rest[0] if len(rest) == 1 else Apply(op, rest)
        if op in ("max", "min"):
            yield from args
    elif op == "where":
        yield from args[1:]
    elif op == "clip" or (len(args) == 1 and op != "log"):
        yield args[0]
    for index, arg in enumerate(args):
        if op == "where" and index == 0:
            continue
        if isinstance(arg, Apply) and op != "pow":
            yield Apply(op, (*args[:index], ZERO, *args[index + 1 :]))
        if isinstance(arg, Apply):
            for changed in _changes(arg):
                yield Apply(op, (*args[:index], changed, *args[index + 1 :]))
