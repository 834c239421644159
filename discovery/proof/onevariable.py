"""One-variable abstraction: if r and A occur only through one quantity u, a proof in u is a proof in (r, A).

The quantity is A * g(r) (as in (r - 1)*A, A*log(r), (sqrt(r) - 1)*A), g(r) alone, or A times a power. Its range comes
from the sign structure. The rewriting is exact tree replacement; the new form is checked against the old one by arb.
"""

from collections import Counter
from fractions import Fraction

from flint import ctx

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    ADVANTAGE,
    ONE,
    RATIO,
    Apply,
    Expr,
    Number,
    Symbol,
    power,
    substitute,
    symbols,
    walk,
)
from discovery.proof.enclosure import UndecidedError, UndefinedError, evaluate, to_fmpq
from discovery.proof.sign import Assumptions

U = Symbol("u")
_CHECKS = ((Fraction(3, 2), Fraction(2, 3)), (Fraction(1, 3), Fraction(-5, 4)), (Fraction(7), Fraction(1, 9)))


def factored(expr: Expr) -> Expr:
    """`expr` with factors of the advantage that are common to all terms of a sum pulled out: A*r - A = A*(r - 1)."""
    if not isinstance(expr, Apply):
        return expr
    args = tuple(factored(arg) for arg in expr.args)
    expr = Apply(expr.op, args)
    if expr.op != "add":
        return expr
    split = [_split(term) for term in args]
    degree = min((d for d, _ in split), default=0)
    if degree <= 0:
        return expr
    rest = tuple(_times(d - degree, other) for d, other in split)
    return Apply("mul", (power(ADVANTAGE, degree), Apply("add", rest)))


def _split(term: Expr) -> tuple[int, Expr]:
    """term = A**degree * other."""
    degree, others = 0, []
    for factor in term.args if isinstance(term, Apply) and term.op == "mul" else (term,):
        match factor:
            case Symbol("A"):
                degree += 1
            case Apply("pow", (Symbol("A"), Number(n))) if n.denominator == 1 and n > 0:
                degree += int(n)
            case _:
                others.append(factor)
    return degree, ONE if not others else others[0] if len(others) == 1 else Apply("mul", tuple(others))


def _times(degree: int, other: Expr) -> Expr:
    return Apply("mul", (power(ADVANTAGE, degree), other)) if degree else other


def abstractions(expr: Expr, assume: Assumptions) -> list[tuple[Expr, Expr, Assumptions]]:
    """(u, the expression in u, the range of u) for every quantity u through which alone r and A occur."""
    free = symbols(expr)
    if free != {"r", "A"}:
        return []
    expr = canonical(factored(expr))
    found = []
    for g in _partners(expr):
        quantity = canonical(Apply("mul", (ADVANTAGE, g)))
        new = canonical(_abstract(expr, g))
        if symbols(new) == {"u"} and _agrees(expr, new, quantity):
            found.append((quantity, new, Assumptions({U: assume.range(quantity)})))
    return found


def _partners(expr: Expr) -> list[Expr]:
    """Functions g of r that occur as a factor beside A, the most frequent first."""
    found: Counter[Expr] = Counter()
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "mul" and any(base == ADVANTAGE for base, _ in _powers(node)):
            for base, _ in _powers(node):
                if symbols(base) == {"r"}:
                    found[base] += 1
        if isinstance(node, Apply) and node.op == "pow" and node.args[1] == ADVANTAGE and node.args[0] == RATIO:
            found[Apply("log", (RATIO,))] += 1
    return [g for g, _ in found.most_common(4)]


def _powers(product: Expr) -> list[tuple[Expr, Fraction]]:
    """The factors of a product as (base, rational exponent)."""
    factors = product.args if isinstance(product, Apply) and product.op == "mul" else (product,)
    found = []
    for factor in factors:
        match factor:
            case Apply("pow", (base, Number(n))) if n.denominator == 1:
                found += [(base, exponent * n) for base, exponent in _powers(base)]
            case _:
                found.append((factor, Fraction(1)))
    return [(base, exponent) for base, exponent in found] if len(found) == len(factors) else _regroup(factors)


def _regroup(factors: tuple[Expr, ...]) -> list[tuple[Expr, Fraction]]:
    found: list[tuple[Expr, Fraction]] = []
    for factor in factors:
        match factor:
            case Apply("pow", (base, Number(n))) if n.denominator == 1:
                found += [(inner, exponent * n) for inner, exponent in _powers(base)]
            case _:
                found.append((factor, Fraction(1)))
    return found


def _abstract(expr: Expr, g: Expr) -> Expr:
    """`expr` with A**n * g**n replaced by u**n in every product."""
    if not isinstance(expr, Apply):
        return expr
    if g == Apply("log", (RATIO,)) and expr.op == "pow" and expr.args == (RATIO, ADVANTAGE):
        return Apply("exp", (U,))  # r**A = exp(A log r)
    if expr.op in ("mul", "pow"):
        exponents: dict[Expr, Fraction] = {}
        for base, exponent in _regroup((expr,) if expr.op == "pow" else expr.args):
            exponents[base] = exponents.get(base, Fraction(0)) + exponent
        n = exponents.get(ADVANTAGE)
        if n is not None and n == exponents.get(g):
            rest = tuple(power(_abstract(b, g), e) for b, e in exponents.items() if b not in (ADVANTAGE, g))
            return Apply("mul", (power(U, n), *rest)) if rest else power(U, n)
    return Apply(expr.op, tuple(_abstract(arg, g) for arg in expr.args))


def _agrees(old: Expr, new: Expr, quantity: Expr) -> bool:
    """arb: new(u(r, A)) and old(r, A) overlap at a few points (a guard against a slip in the rewriting)."""
    composed = substitute(new, {"u": quantity})
    for r, A in _CHECKS:
        at = {"r": to_fmpq(r), "A": to_fmpq(A)}
        try:
            difference = evaluate(Apply("add", (old, Apply("mul", (Number(Fraction(-1)), composed)))), at, 128)
        except (UndefinedError, UndecidedError):
            continue
        with ctx.workprec(128):
            if difference > 0 or difference < 0:
                return False
    return True
