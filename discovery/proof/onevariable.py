"""One-variable abstraction: if r and A occur only through one quantity u, a proof in u is a proof in (r, A).

The quantity is h(A) * g(r), as in A*(r - 1), A*log(r), tanh(A)*(sqrt(r) - 1). Its range comes from the sign structure.
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    ADVANTAGE,
    MINUS_ONE,
    PROGRESS,
    RATIO,
    Apply,
    Expr,
    Number,
    add,
    mul,
    power,
    substitute,
    symbols,
    walk,
)
from discovery.expression.parser import parse
from discovery.proof.products import U, abstracted, factored, powers
from discovery.proof.ranges import POSITIVE, REALS, Range, intersect
from discovery.proof.sign import Assumptions

MAX_QUANTITIES = 4
_CHANGES = tuple(  # a quantity of u, where it is taken, and u as a function of it
    (parse(by, allowed=("u",)), inside, parse(inverse, allowed=("u",)))
    for by, inside, inverse in (
        ("exp(-u)", REALS, "-log(u)"),
        ("exp(u)", REALS, "log(u)"),
        ("1/u", POSITIVE, "1/u"),
        ("1 - u", Range(Fraction(0), Fraction(1)), "1 - u"),
        ("exp(-1)*u", REALS, "exp(1)*u"),
        ("exp(1)*u", REALS, "exp(-1)*u"),
    )
)


def changes(expr: Expr, assume: Assumptions) -> Iterator[tuple[Expr, Expr, Assumptions]]:
    """(quantity, phi in that quantity, its range), where phi falls to 0 far out or touches it at exp(1)."""
    found = assume.range(U)
    for by, inside, inverse in _CHANGES:
        if intersect(found, inside) == found:
            yield by, canonical(_unscaled(substitute(expr, {"u": inverse}))), Assumptions({U: assume.range(by)})


def _unscaled(expr: Expr) -> Expr:
    """log(exp(c)*x) is c + log(x), exp(n*log(x)) is x**n."""
    if not isinstance(expr, Apply):
        return expr
    expr = canonical(Apply(expr.op, tuple(_unscaled(arg) for arg in expr.args)))
    match expr:
        case Apply("exp", (Apply("log", (x,)),)):
            return x
        case Apply("exp", (Apply("mul", (Number(n), Apply("log", (x,)))),)):
            return power(x, n)
        case Apply("log", (Apply("mul", args),)):
            shifts = [arg.args[0] for arg in args if isinstance(arg, Apply) and arg.op == "exp" and not symbols(arg)]
            rest = [arg for arg in args if not (isinstance(arg, Apply) and arg.op == "exp" and not symbols(arg))]
            return add(*shifts, Apply("log", (mul(*rest),))) if shifts and rest else expr
    return expr


def settled(expr: Expr, assume: Assumptions) -> Expr:
    """The same with x pulled out of softplus(x) and log(cosh(x)), x >= 0: what is left falls to a constant."""
    if not isinstance(expr, Apply):
        return expr
    match expr:
        case Apply("softplus", (x,)) if assume.range(x).nonnegative:
            return add(x, Apply("softplus", (mul(MINUS_ONE, x),)))
        case Apply("log", (Apply("cosh", (x,)),)):
            found = assume.range(x)
            if found.nonnegative or found.nonpositive:
                size = x if found.nonnegative else mul(MINUS_ONE, x)
                rest = Apply("softplus", (mul(Number(Fraction(-2)), size),))
                return add(size, mul(MINUS_ONE, Apply("log", (Number(Fraction(2)),))), rest)
    return Apply(expr.op, tuple(settled(arg, assume) for arg in expr.args))


def abstractions(expr: Expr, assume: Assumptions) -> list[tuple[Expr, Expr, Assumptions]]:
    """(u, the expression in u, the range of u) for every quantity u through which alone r, A and progress occur."""
    varies = PROGRESS.name in symbols(expr)
    if not varies and symbols(expr) != {"r", "A"}:
        return []
    expr = canonical(factored(expr))
    found = []
    for quantity in _whole_products(expr) if varies else _quantities(expr):
        new = canonical(abstracted(expr, quantity))
        if symbols(new) == {"u"}:
            found.append((quantity, new, Assumptions({U: assume.range(quantity)})))
    return found


def _whole_products(expr: Expr) -> list[Expr]:
    """Products without their number, such as a gain whose scale depends on progress, the most frequent first."""
    found: Counter[Expr] = Counter()
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "mul":
            factors = [factor for factor in node.args if not isinstance(factor, Number)]
            found[factors[0] if len(factors) == 1 else canonical(mul(*factors))] += 1
    return [quantity for quantity, _ in found.most_common(MAX_QUANTITIES)]


def _quantities(expr: Expr) -> list[Expr]:
    """Products h(A) * g(r) that occur as part of a product, the most frequent first."""
    found: Counter[Expr] = Counter()
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "mul":
            bases = [base for base, _ in powers(node)]
            sides = ([base for base in bases if symbols(base) == {name}] for name in ("A", "r"))
            found.update(canonical(Apply("mul", pair)) for pair in product(*sides))
        if node == power(RATIO, ADVANTAGE):
            found[canonical(Apply("mul", (ADVANTAGE, Apply("log", (RATIO,)))))] += 1
    return [quantity for quantity, _ in found.most_common(MAX_QUANTITIES)]
