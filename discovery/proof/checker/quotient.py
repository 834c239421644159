"""Quotients of polynomials over the rationals, in lowest terms."""

from typing import Any, NamedTuple

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from discovery.proof.checker.expression import Rejected

Poly = Any  # flint.fmpq_mpoly
SIZE, MAX_TERMS, MAX_POWER = 32, 3_000, 256
CONTEXT = fmpq_mpoly_ctx.get([f"g{i}" for i in range(SIZE)], Ordering.degrevlex)
GENS = CONTEXT.gens()


class Quotient(NamedTuple):
    """num/den without common factors, den with leading coefficient 1."""

    num: Poly
    den: Poly = CONTEXT.constant(1)

    @property
    def constant(self) -> fmpq | None:
        return fmpq(self.num.leading_coefficient()) if self.num.is_constant() and self.den == 1 else None

    @property
    def key(self) -> str:
        return f"{self.num} / {self.den}"


def rational(value: fmpq | int) -> Quotient:
    return Quotient(CONTEXT.constant(value))


def quotient(num: Poly, den: Poly) -> Quotient:
    if den == 0:
        raise Rejected("a division by zero")
    if len(num) > MAX_TERMS or len(den) > MAX_TERMS:
        raise Rejected("a normal form is too large")
    if num == 0:
        return rational(0)
    common = num.gcd(den)
    num, den = num / common, den / common
    return Quotient(num / den.leading_coefficient(), den / den.leading_coefficient())


def plus(x: Quotient, y: Quotient) -> Quotient:
    return quotient(x.num * y.den + y.num * x.den, x.den * y.den) if x.den != y.den else quotient(x.num + y.num, x.den)


def times(x: Quotient, y: Quotient) -> Quotient:
    if len(x.num) * len(y.num) + len(x.den) * len(y.den) > 100 * MAX_TERMS:
        raise Rejected("a normal form is too large")
    return quotient(x.num * y.num, x.den * y.den)


def scaled(x: Quotient, factor: fmpq | int) -> Quotient:
    return Quotient(x.num * factor, x.den) if factor != 0 else rational(0)


def inverse(x: Quotient) -> Quotient:
    return quotient(x.den, x.num)


def integer_power(x: Quotient, n: int) -> Quotient:
    if n < 0:
        return integer_power(inverse(x), -n)
    if n > MAX_POWER and len(x.num) + len(x.den) > 2:
        raise Rejected("a normal form has too high a power")
    return Quotient(x.num**n, x.den**n)


def constant_term(p: Poly) -> fmpq:
    return fmpq(p[(0,) * SIZE])


def prime_powers(n: int) -> list[tuple[int, int]]:
    """n as a product of powers of primes and of one rest without small factors."""
    found, p = [], 2
    while p * p <= n and p < 2_000:
        count = 0
        while n % p == 0:
            n, count = n // p, count + 1
        found += [(p, count)] if count else []
        p += 1
    return [*found, (n, 1)] if n > 1 else found
