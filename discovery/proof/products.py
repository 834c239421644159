"""Products as powers of bases: common factors of sums, and quantities that occur as a part of products."""

from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, MINUS_ONE, ONE, RATIO, Apply, Expr, Number, Symbol, mul, power

U = Symbol("u")


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


def powers(product: Expr) -> list[tuple[Expr, Fraction]]:
    """The factors of a product as (base, rational exponent)."""
    factors = product.args if isinstance(product, Apply) and product.op == "mul" else (product,)
    found = []
    for factor in factors:
        match factor:
            case Apply("pow", (base, Number(n))) if n.denominator == 1:
                found += [(base, exponent * n) for base, exponent in powers(base)]
            case _:
                found.append((factor, Fraction(1)))
    return [(base, exponent) for base, exponent in found] if len(found) == len(factors) else _regroup(factors)


def _regroup(factors: tuple[Expr, ...]) -> list[tuple[Expr, Fraction]]:
    found: list[tuple[Expr, Fraction]] = []
    for factor in factors:
        match factor:
            case Apply("pow", (base, Number(n))) if n.denominator == 1:
                found += [(inner, exponent * n) for inner, exponent in powers(base)]
            case _:
                found.append((factor, Fraction(1)))
    return found


def abstracted(expr: Expr, quantity: Expr) -> Expr:
    """`expr` with `quantity` replaced by u wherever it occurs: as a part, as its negative, as a factor of a product.

    r**A is read as exp(A log r).
    """
    wanted: dict[Expr, Fraction] = {}
    for base, exponent in powers(quantity):
        wanted[base] = wanted.get(base, Fraction(0)) + exponent
    return _abstracted(expr, quantity, canonical(mul(MINUS_ONE, quantity)), wanted)


def _abstracted(expr: Expr, quantity: Expr, negative: Expr, wanted: dict[Expr, Fraction]) -> Expr:
    if expr == quantity:
        return U
    if expr == negative:
        return mul(MINUS_ONE, U)
    if not isinstance(expr, Apply):
        return expr
    if expr == power(RATIO, ADVANTAGE) and wanted == {ADVANTAGE: 1, Apply("log", (RATIO,)): 1}:
        return Apply("exp", (U,))
    if expr.op in ("mul", "pow") and len(wanted) > 1:
        exponents: dict[Expr, Fraction] = {}
        for base, exponent in _regroup((expr,) if expr.op == "pow" else expr.args):
            exponents[base] = exponents.get(base, Fraction(0)) + exponent
        times = min((exponents.get(base, Fraction(0)) // exponent for base, exponent in wanted.items()), default=0)
        if times >= 1:
            left = {base: n - times * wanted.get(base, Fraction(0)) for base, n in exponents.items()}
            rest = [power(_abstracted(b, quantity, negative, wanted), n) for b, n in left.items() if n != 0]
            return Apply("mul", (power(U, times), *rest)) if rest else power(U, times)
    return Apply(expr.op, tuple(_abstracted(arg, quantity, negative, wanted) for arg in expr.args))
