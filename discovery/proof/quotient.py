"""Quotients of polynomials over Q in the generators g0, g1, ... (flint's multivariate polynomials)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from discovery.proof.enclosure import to_fmpq, to_fraction

Poly = Any  # flint.fmpq_mpoly
SIZE = 20
MAX_POWER = 64
CONTEXT = fmpq_mpoly_ctx.get([f"g{i}" for i in range(SIZE)], Ordering.degrevlex)
ZERO_POLY, ONE_POLY = CONTEXT.constant(0), CONTEXT.constant(1)


class UnsupportedError(ValueError):
    """The formula does not fit the ring."""


class NeedsRefinementError(Exception):
    """Conversion must restart: exponent bases (`bases`) or root orders of variables (`roots`) have been refined."""


@dataclass(frozen=True)
class Quotient:
    """num / den, with den > 0 for positive generators."""

    num: Poly
    den: Poly


def quotient(num: Poly, den: Poly) -> Quotient:
    if num == 0:
        return Quotient(ZERO_POLY, ONE_POLY)
    common = num.gcd(den)
    num, den = num / common, den / common
    scale = den.leading_coefficient()
    return Quotient(num / scale, den / scale)


def constant(value: int | Fraction) -> Quotient:
    return Quotient(CONTEXT.constant(to_fmpq(Fraction(value))), ONE_POLY)


def plus(x: Quotient, y: Quotient) -> Quotient:
    if x.den == y.den:
        return quotient(x.num + y.num, x.den)
    return quotient(x.num * y.den + y.num * x.den, x.den * y.den)


def times(x: Quotient, y: Quotient) -> Quotient:
    return quotient(x.num * y.num, x.den * y.den)


def divided(x: Quotient, y: Quotient) -> Quotient:
    if y.num == 0:
        raise UnsupportedError("division by zero")
    return quotient(x.num * y.den, x.den * y.num)


def scaled(x: Quotient, factor: int | Fraction) -> Quotient:
    return Quotient(x.num * to_fmpq(Fraction(factor)), x.den) if factor else constant(0)


def integer_power(x: Quotient, n: int) -> Quotient:
    if abs(n) > MAX_POWER:
        raise UnsupportedError("a power that is too high")
    return Quotient(x.num**n, x.den**n) if n >= 0 else divided(constant(1), Quotient(x.num**-n, x.den**-n))


def constant_term(p: Poly) -> Fraction:
    return to_fraction(fmpq(p[(0,) * SIZE]))


def at_origin(q: Quotient) -> Fraction | None:
    den = constant_term(q.den)
    return constant_term(q.num) / den if den else None


def single(p: Poly) -> int | None:
    """i if p is g_i or 1 + g_i, else None."""
    degrees = p.degrees()
    if sum(degrees) != 1:
        return None
    index = degrees.index(1)
    gen = CONTEXT.gen(index)
    return index if p == gen or p == gen + 1 else None
