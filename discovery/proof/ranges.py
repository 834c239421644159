"""Exact ranges: intervals with rational or infinite ends, each end open or closed.

Every operation returns a set that contains {f(x): x in the argument}. An end is closed unless it is certain that it
is not attained, so "strictly positive" (lo > 0, or lo = 0 and open) is never claimed too often.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

End = Fraction | float  # a float only for +-inf
INF = math.inf
MAX_BITS = 2000


@dataclass(frozen=True)
class Range:
    """The numbers between lo and hi."""

    lo: End = -INF
    hi: End = INF
    lo_open: bool = True
    hi_open: bool = True

    @property
    def nonnegative(self) -> bool:
        return self.lo >= 0

    @property
    def nonpositive(self) -> bool:
        return self.hi <= 0

    @property
    def positive(self) -> bool:
        return self.lo > 0 or (self.lo == 0 and self.lo_open)

    @property
    def negative(self) -> bool:
        return self.hi < 0 or (self.hi == 0 and self.hi_open)

    @property
    def zero(self) -> bool:
        return self.lo == self.hi == 0

    @property
    def nonzero(self) -> bool:
        return self.positive or self.negative

    @property
    def empty(self) -> bool:
        return self.lo > self.hi or (self.lo == self.hi and (self.lo_open or self.hi_open))


REALS = Range()
POSITIVE = Range(lo=Fraction(0))
NONNEGATIVE = Range(lo=Fraction(0), lo_open=False)


def point(value: Fraction) -> Range:
    return Range(value, value, False, False)


def inner_point(x: Range) -> Fraction:
    """A point inside an interval; of a half-line twice its end."""
    lo, hi = x.lo, x.hi
    if isinstance(lo, float) and isinstance(hi, float):
        return Fraction(0)
    if isinstance(hi, float):
        return Fraction(2 * lo if lo > 0 else lo + 1)
    if isinstance(lo, float):
        return Fraction(2 * hi if hi < 0 else hi - 1)
    return (Fraction(lo) + Fraction(hi)) / 2


def negate(x: Range) -> Range:
    return Range(-x.hi, -x.lo, x.hi_open, x.lo_open)


def intersect(x: Range, y: Range) -> Range:
    lo, lo_open = max((x.lo, x.lo_open), (y.lo, y.lo_open))
    hi, neg_open = min((x.hi, not x.hi_open), (y.hi, not y.hi_open))
    return Range(lo, hi, lo_open, not neg_open)


def union(x: Range, y: Range) -> Range:
    lo, lo_open = min((x.lo, x.lo_open), (y.lo, y.lo_open))
    hi, closed = max((x.hi, not x.hi_open), (y.hi, not y.hi_open))
    return Range(lo, hi, lo_open, not closed)


def add(x: Range, y: Range) -> Range:
    return _tame(Range(_sum(x.lo, y.lo), _sum(x.hi, y.hi), x.lo_open or y.lo_open, x.hi_open or y.hi_open))


def _sum(a: End, b: End) -> End:
    if isinstance(a, float) or isinstance(b, float):
        return a if isinstance(a, float) else b  # an infinite end; lo ends are never +inf unless both sides agree
    return a + b


def _tame(x: Range) -> Range:
    """Ends of reasonable size; a bound that is too long is replaced by a weaker one of the same sign."""
    lo, hi, lo_open, hi_open = x.lo, x.hi, x.lo_open, x.hi_open
    if _long(lo):
        lo, lo_open = (Fraction(math.floor(lo)), False) if 0 < lo < 2**64 else (_weaker(lo, -1), True)
    if _long(hi):
        hi, hi_open = (Fraction(math.ceil(hi)), False) if -(2**64) < hi < 0 else (_weaker(hi, 1), True)
    return Range(lo, hi, lo_open, hi_open)


def _weaker(end: End, direction: int) -> End:
    """0 where that is a strictly weaker bound, else infinity."""
    return Fraction(0) if end * direction < 0 else direction * INF


def _long(end: End) -> bool:
    return isinstance(end, Fraction) and end.numerator.bit_length() + end.denominator.bit_length() > MAX_BITS


def multiply(x: Range, y: Range) -> Range:
    corners = []
    for a, a_open in ((x.lo, x.lo_open), (x.hi, x.hi_open)):
        for b, b_open in ((y.lo, y.lo_open), (y.hi, y.hi_open)):
            if a == 0 or b == 0:  # 0 * inf: the products near that corner have 0 or another corner as their bound
                attained = (a == 0 and not a_open) or (b == 0 and not b_open)
                corners.append((Fraction(0), not attained))
            elif isinstance(a, float) or isinstance(b, float):
                corners.append((INF if (a > 0) == (b > 0) else -INF, True))
            else:
                corners.append((a * b, a_open or b_open))
    lo, hi = min(c[0] for c in corners), max(c[0] for c in corners)
    lo_open = all(opened for value, opened in corners if value == lo)
    hi_open = all(opened for value, opened in corners if value == hi)
    if lo == 0 and not (x.nonzero and y.nonzero):
        lo_open = False  # 0 may be attained inside an edge
    if hi == 0 and not (x.nonzero and y.nonzero):
        hi_open = False
    return _tame(Range(lo, hi, lo_open, hi_open))


def invert(x: Range) -> Range:
    """1/x; all reals if x may be 0 (whether it is defined is another matter)."""
    if x.positive:
        lo = Fraction(0) if x.hi == INF else 1 / Fraction(x.hi)
        hi = INF if x.lo == 0 else 1 / Fraction(x.lo)
        return _tame(Range(lo, hi, x.hi_open or x.hi == INF, x.lo_open))
    if x.negative:
        return negate(invert(negate(x)))
    return REALS


def absolute(x: Range) -> Range:
    if x.nonnegative:
        return x
    if x.nonpositive:
        return negate(x)
    hi, closed = max((-x.lo, not x.lo_open), (x.hi, not x.hi_open))
    return Range(Fraction(0), hi, False, not closed)


def integer_power(x: Range, n: int) -> Range:
    """x**n for n >= 1."""
    if n % 2 == 0:
        x = absolute(x)
    return _tame(Range(_end_power(x.lo, n), _end_power(x.hi, n), x.lo_open, x.hi_open))


def _end_power(end: End, n: int) -> End:
    if isinstance(end, float):
        return INF if end > 0 or n % 2 == 0 else -INF
    if n * max(end.numerator.bit_length(), end.denominator.bit_length()) > 16 * MAX_BITS:
        raise OverflowError("a bound with too many digits")
    return end**n


def maximum(x: Range, y: Range) -> Range:
    lo, lo_open = max((x.lo, x.lo_open), (y.lo, y.lo_open))
    hi, closed = max((x.hi, not x.hi_open), (y.hi, not y.hi_open))
    return Range(lo, hi, lo_open, not closed)


def minimum(x: Range, y: Range) -> Range:
    return negate(maximum(negate(x), negate(y)))
