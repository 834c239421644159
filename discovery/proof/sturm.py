"""Polynomials in one variable: exact sign on (0, oo) by Sturm's theorem."""

import itertools
from typing import Any

from flint import fmpq, fmpq_poly


def nonnegative_on_positives(p: Any, index: int) -> bool:
    """Whether p >= 0 on (0, oo), for a polynomial in the one generator `index`.

    True iff p is positive at infinity and changes sign nowhere: the product of its square-free factors of odd
    multiplicity has no root in (0, oo).
    """
    coefficients = [fmpq(0)] * (int(p.degrees()[index]) + 1)
    for exponents, value in p.to_dict().items():
        coefficients[int(exponents[index])] = fmpq(value)
    poly = fmpq_poly(coefficients)
    if poly.degree() < 0:
        return True
    if poly.degree() > 200 or coefficients[-1] < 0:
        return False
    _, factors = poly.factor()
    odd = fmpq_poly([1])
    for factor, multiplicity in factors:
        if multiplicity % 2:
            odd *= factor
    while odd.degree() > 0 and odd[0] == 0:
        odd = fmpq_poly(odd.coeffs()[1:])
    return positive_roots(odd) == 0


def positive_roots(p: fmpq_poly) -> int:
    """The number of roots in (0, oo) of a square-free p with p(0) != 0."""
    chain = [p, p.derivative()]
    while chain[-1].degree() > 0:
        remainder = -(chain[-2] % chain[-1])
        if remainder.degree() < 0:
            break
        chain.append(remainder)
    at_zero = [q[0] for q in chain]
    at_infinity = [q[q.degree()] if q.degree() >= 0 else fmpq(0) for q in chain]
    return _sign_changes(at_zero) - _sign_changes(at_infinity)


def real_roots(p: fmpq_poly) -> bool:
    """Whether an irreducible p of degree at least 2 has a real root."""
    return positive_roots(p) > 0 or positive_roots(p(fmpq_poly([0, -1]))) > 0


def _sign_changes(values: list[fmpq]) -> int:
    signs = [value > 0 for value in values if value != 0]
    return sum(a != b for a, b in itertools.pairwise(signs))
