"""Arithmetic of the exact constants in formulas: only what stays rational and short is computed."""

import math
from fractions import Fraction

MAX_BITS = 4096  # of a folded constant: 2**(10**9) must not be computed


def rational_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """base ** exponent if that is rational and of reasonable size."""
    if base == 0:
        if exponent < 0:
            raise ValueError("division by zero")
        return Fraction(0) if exponent > 0 else Fraction(1)
    order = exponent.denominator
    if order > 1:
        above, below = (_exact_root(n, order) if base > 0 else None for n in (base.numerator, base.denominator))
        if above is None or below is None:
            return None
        base, exponent = Fraction(above, below), exponent * order
    bits = max(abs(base.numerator).bit_length(), base.denominator.bit_length())
    return base**exponent.numerator if bits * abs(exponent.numerator) <= MAX_BITS else None


def _exact_root(n: int, order: int) -> int | None:
    """The integer m >= 1 with m**order = n, if there is one."""
    if n == 1:
        return 1
    guess = math.isqrt(n) if order == 2 else round(math.exp(math.log(n) / order))
    return guess if order < MAX_BITS and guess.bit_length() * order <= 2 * MAX_BITS and guess**order == n else None


def bounded(value: Fraction) -> Fraction:
    if max(abs(value.numerator).bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise ValueError(f"a constant needs more than {MAX_BITS} bits")
    return value
