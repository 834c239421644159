"""Intervals with exact ends, open or closed, and how operators map them.

An end is (value, nudge): a lower end (a, 1) is open, (a, 0) closed; an upper end (b, -1) is open, (b, 0) closed. So
pairs compare like the points a, a + 0, a - 0, and intersections are maxima and minima. An end is open only if it is
certain that it is not attained. Rounding is outward, at flint's working precision.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq


class Infinity:
    """+oo or -oo, comparable with rationals."""

    __slots__ = ("side",)

    def __init__(self, side: int) -> None:
        self.side = side

    def __lt__(self, other: object) -> bool:
        return self is not other and self.side < 0

    def __gt__(self, other: object) -> bool:
        return self is not other and self.side > 0

    def __le__(self, other: object) -> bool:
        return self is other or self.side < 0

    def __ge__(self, other: object) -> bool:
        return self is other or self.side > 0

    def __neg__(self) -> "Infinity":
        return LEAST if self.side > 0 else INF


INF, LEAST = Infinity(1), Infinity(-1)
Value = Any  # fmpq or Infinity
End = tuple[Value, int]
ZERO = (fmpq(0), 0)


class Interval(NamedTuple):
    """The numbers between two ends."""

    lo: End = (LEAST, 1)
    hi: End = (INF, -1)

    @property
    def empty(self) -> bool:
        return self.lo > self.hi

    @property
    def positive(self) -> bool:
        return self.lo > ZERO

    @property
    def negative(self) -> bool:
        return self.hi < ZERO

    @property
    def nonnegative(self) -> bool:
        return self.lo >= ZERO

    @property
    def nonpositive(self) -> bool:
        return self.hi <= ZERO

    @property
    def nonzero(self) -> bool:
        return self.positive or self.negative

    @property
    def point(self) -> fmpq | None:
        return self.lo[0] if self.lo == self.hi else None


REALS, POSITIVE, NONNEGATIVE = Interval(), Interval((fmpq(0), 1)), Interval(ZERO)
NEGATIVE, NONPOSITIVE = Interval(hi=(fmpq(0), -1)), Interval(hi=ZERO)


def single(value: fmpq) -> Interval:
    return Interval((value, 0), (value, 0))


def meet(x: Interval, y: Interval) -> Interval:
    return Interval(max(x.lo, y.lo), min(x.hi, y.hi))


def join(x: Interval, y: Interval) -> Interval:
    return Interval(min(x.lo, y.lo), max(x.hi, y.hi))


def larger(x: Interval, y: Interval) -> Interval:
    return Interval(max(x.lo, y.lo), max(x.hi, y.hi))


def smaller(x: Interval, y: Interval) -> Interval:
    return Interval(min(x.lo, y.lo), min(x.hi, y.hi))


def negated(x: Interval) -> Interval:
    return Interval((-x.hi[0], -x.hi[1]), (-x.lo[0], -x.lo[1]))


def size(x: Interval) -> Interval:
    """|x|."""
    if x.nonnegative or x.nonpositive:
        return x if x.nonnegative else negated(x)
    return Interval(ZERO, max(x.hi, negated(x).hi))


def toward(ball: Callable[[], arb], side: int) -> Value:
    """A rational below (side -1) or above (1) every number of a ball."""
    found = ball()
    if not found.is_finite():
        return INF if side > 0 else LEAST
    m, e = (found.lower() if side < 0 else found.upper()).man_exp()
    if abs(int(e)) > 100 * ctx.prec:  # of extreme size: a weaker bound of the same sign where there is one
        if (m > 0) == (side > 0):
            return (INF if side > 0 else LEAST) if int(e) > 0 else fmpq(side, 2 ** (50 * ctx.prec))
        return fmpq(0) if int(e) < 0 or m == 0 else fmpq(-side) * 2 ** (50 * ctx.prec)
    return fmpq(m) * fmpq(2) ** int(e)


def _tidy(x: Interval) -> Interval:
    """Ends of bounded length; a rounded end is never attained."""
    (lo, low), (hi, high) = x
    if not isinstance(lo, Infinity) and lo.height_bits() > 40 * ctx.prec:
        lo, low = toward(lambda: arb(x.lo[0]), -1), 0
    if not isinstance(hi, Infinity) and hi.height_bits() > 40 * ctx.prec:
        hi, high = toward(lambda: arb(x.hi[0]), 1), 0
    return Interval((lo, low), (hi, high))


def plus(x: Interval, y: Interval) -> Interval:
    lo = LEAST if isinstance(x.lo[0], Infinity) or isinstance(y.lo[0], Infinity) else x.lo[0] + y.lo[0]
    hi = INF if isinstance(x.hi[0], Infinity) or isinstance(y.hi[0], Infinity) else x.hi[0] + y.hi[0]
    return _tidy(Interval((lo, x.lo[1] | y.lo[1]), (hi, min(x.hi[1], y.hi[1]))))


def times(x: Interval, y: Interval) -> Interval:
    """The extremes of a product lie at corners; 0 * oo counts as 0."""
    corners = []
    for a, i in x:
        for b, j in y:
            if a == 0 or b == 0:
                corners.append((fmpq(0), (a == 0 and i == 0) or (b == 0 and j == 0)))
            elif isinstance(a, Infinity) or isinstance(b, Infinity):
                corners.append((INF if (a > 0) == (b > 0) else LEAST, False))
            else:
                corners.append((a * b, i == 0 and j == 0))
    inner = not (x.nonzero and y.nonzero)  # 0 may be attained away from the corners
    lo, hi = min(v for v, _ in corners), max(v for v, _ in corners)
    low = any(closed for v, closed in corners if v == lo) or (inner and lo == 0)
    high = any(closed for v, closed in corners if v == hi) or (inner and hi == 0)
    return _tidy(Interval((lo, int(not low)), (hi, -int(not high))))


def inverse(x: Interval) -> Interval:
    """1/x for x that is not 0; the whole line if that is not certain."""
    if x.negative:
        return negated(inverse(negated(x)))
    if not x.positive:
        return REALS
    lo = (fmpq(0), 1) if x.hi[0] == INF else (1 / x.hi[0], -x.hi[1])
    hi = (INF, -1) if x.lo[0] == 0 else (1 / x.lo[0], -x.lo[1])
    return _tidy(Interval(lo, hi))


def integer_power(x: Interval, n: int) -> Interval:
    """x**n; the whole line if x may be 0 and n < 0."""
    if n < 0:
        return inverse(integer_power(x, -n)) if x.nonzero else REALS
    if n == 0:
        return single(fmpq(1))
    x = size(x) if n % 2 == 0 else x

    def end(value: Value, nudge: int, side: int) -> End:
        if isinstance(value, Infinity):
            return value, nudge
        if n * value.height_bits() <= 40 * ctx.prec:
            return value**n, nudge
        return toward(lambda: arb(value) ** n, side), 0

    lo, hi = end(*x.lo, -1), end(*x.hi, 1)
    return meet(Interval(lo, hi), NONNEGATIVE) if x.nonnegative else Interval(lo, hi)


def exact_root(value: fmpq, exponent: fmpq) -> fmpq | None:
    """value**exponent for value >= 0 and exponent > 0, if that is rational and short."""
    m, k = int(exponent.q), int(exponent.p)
    if value in (0, 1):
        return value
    if m > 64 or k * value.height_bits() > 40 * ctx.prec * m:
        return None
    p, q = value.p.root(m), value.q.root(m)
    return fmpq(p, q) ** k if p**m == value.p and q**m == value.q else None


def root(x: Interval, exponent: fmpq) -> Interval:
    """x**exponent, a fraction; the whole line if x may be outside of the domain."""
    if not x.nonnegative or (exponent < 0 and not x.positive):
        return REALS
    if exponent < 0:
        return inverse(root(x, -exponent))

    def end(value: Value, nudge: int, side: int) -> End:
        if isinstance(value, Infinity):
            return value, nudge
        exact = exact_root(value, exponent)
        return (exact, nudge) if exact is not None else (toward(lambda: arb(value) ** arb(exponent), side), 0)

    return meet(Interval(end(*x.lo, -1), end(*x.hi, 1)), POSITIVE if x.positive else NONNEGATIVE)


_HALF_PI = fmpq(1570796326794897, 10**15)  # a little more than pi/2
_INCREASING: dict[str, tuple[fmpq, fmpq, Interval]] = {  # (a, f(a)) exactly; the range, its ends not attained
    "exp": (fmpq(0), fmpq(1), POSITIVE),
    "log": (fmpq(1), fmpq(0), REALS),
    "tanh": (fmpq(0), fmpq(0), Interval((fmpq(-1), 1), (fmpq(1), -1))),
    "sinh": (fmpq(0), fmpq(0), REALS),
    "asinh": (fmpq(0), fmpq(0), REALS),
    "atan": (fmpq(0), fmpq(0), Interval((-_HALF_PI, 1), (_HALF_PI, -1))),
}


def increasing(op: str, x: Interval) -> Interval:
    """exp, log, tanh, sinh, asinh or atan of x; the whole line for log if x may not be positive."""
    if op == "log" and not x.positive:
        return REALS
    place, value, whole = _INCREASING[op]

    def end(at: Value, nudge: int, side: int) -> End:
        if isinstance(at, Infinity) or (op == "log" and at == 0):
            return whole.lo if side < 0 else whole.hi
        return (value, nudge) if at == place else (toward(lambda: getattr(arb(at), op)(), side), 0)

    return meet(Interval(end(*x.lo, -1), end(*x.hi, 1)), whole)


def cosh(x: Interval) -> Interval:
    x = size(x)

    def end(at: Value, nudge: int, side: int) -> End:
        return (INF, -1) if at == INF else (fmpq(1), nudge) if at == 0 else (toward(lambda: arb(at).cosh(), side), 0)

    return meet(Interval(end(*x.lo, -1), end(*x.hi, 1)), Interval((fmpq(1), 0)))
