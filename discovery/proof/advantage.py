"""Sectors of the advantage: intervals of A on which one symbolic computation holds, and exact test points in them."""

import itertools
from fractions import Fraction

from flint import fmpq, fmpq_poly

from discovery.expression.canonical import canonical
from discovery.expression.node import Apply, Expr, Number, Symbol
from discovery.proof.enclosure import to_fmpq, to_fraction
from discovery.proof.ranges import INF, Range, intersect, point
from discovery.proof.sturm import real_roots

MAX_DEGREE = 16
_MOMENTS = tuple(Fraction(n, d) for n, d in ((1, 3), (1, 2), (5, 7), (1, 50), (9, 10), (2, 5)))


def advantage_points(sector: Range) -> list[dict[str, Fraction]]:
    """Exact test values of A in a sector, each with one of progress in (0, 1)."""
    return [{"A": A, "progress": moment} for A, moment in zip(_advantages(sector), _MOMENTS, strict=False)]


def _advantages(sector: Range) -> list[Fraction]:
    lo, hi = sector.lo, sector.hi
    if lo == hi:
        return [Fraction(lo)]
    tests = [Fraction(n, d) for n, d in ((1, 1), (1, 3), (7, 5), (5, 1), (1, 50), (100, 1))]
    if hi == INF:
        start = Fraction(0) if lo == -INF else Fraction(lo)
        return [start + t for t in tests]
    if lo == -INF:
        return [Fraction(hi) - t for t in tests]
    return [Fraction(lo) + (Fraction(hi) - Fraction(lo)) * t / (1 + t) for t in tests]


def split_sector(sector: Range, quantity: Expr) -> list[Range] | None:
    """The parts of a sector on which a polynomial in A has one sign; None if it is none, or has irrational roots."""
    coefficients = _coefficients(canonical(quantity))
    if coefficients is None:
        return None
    roots: list[Fraction] = []
    for factor, _ in fmpq_poly(coefficients).factor()[1]:
        if factor.degree() > 1 and real_roots(factor):
            return None
        if factor.degree() == 1:
            roots.append(to_fraction(-factor[0] / factor[1]))
    roots.sort()
    parts = [point(root) for root in roots]
    parts += [Range(lo, hi) for lo, hi in itertools.pairwise([-INF, *roots, INF])]
    found = [part for part in (intersect(sector, part) for part in parts) if not part.empty]
    return found if len(found) > 1 else None


def _coefficients(expr: Expr) -> list[fmpq] | None:
    """The coefficients of a polynomial in A, from the constant on; None if `expr` is not one."""
    found: dict[int, Fraction] = {}
    for term in expr.args if isinstance(expr, Apply) and expr.op == "add" else (expr,):
        scale, degree = Fraction(1), 0
        for factor in term.args if isinstance(term, Apply) and term.op == "mul" else (term,):
            match factor:
                case Number(value):
                    scale *= value
                case Symbol("A"):
                    degree += 1
                case Apply("pow", (Symbol("A"), Number(n))) if n.denominator == 1 and 0 < n <= MAX_DEGREE:
                    degree += int(n)
                case _:
                    return None
        found[degree] = found.get(degree, Fraction(0)) + scale
    return [to_fmpq(found.get(k, Fraction(0))) for k in range(max(found) + 1)]
