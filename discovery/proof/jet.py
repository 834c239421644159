"""Directional jets at r = 1: f(1 + s h, A) for h -> 0+, s = +-1, as a sum of c_k h**k plus o(h**order), exactly.

The exponents k are rational: sqrt(h) and |h|**1.5 occur. At a tie max takes the larger leading difference, min the
smaller; where() takes the branch that holds on that side. Smooth functions are expanded to second order inside their
domain; x**p with a leading term c h**k of x is c**p h**(k p) (1 + ...)**p.

The coefficients are expressions in A: one computation covers all A of a sector (A > 0, A = 0, A < 0, or a part of it).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from discovery.expression.canonical import canonical
from discovery.expression.differentiate import derivative
from discovery.expression.node import (
    ADVANTAGE,
    HALF,
    MINUS_ONE,
    ONE,
    RATIO,
    ZERO,
    Apply,
    Expr,
    Number,
    add,
    mul,
    power,
    substitute,
    subtract,
)
from discovery.proof.advantage import advantage_points
from discovery.proof.products import U
from discovery.proof.ranges import Range, point
from discovery.proof.regions import DURING
from discovery.proof.sign import Assumptions
from discovery.proof.switches import resolve
from discovery.proof.zero import is_zero

MAX_ORDER = Fraction(4)
NEAR = Fraction(1, 2**20)  # what happens for |r - 1| < NEAR
Order = Fraction | float  # a float only for infinity: the sum is exact


@dataclass(frozen=True)
class Jet:
    """The sum of coefficient * h**exponent over `terms`, plus o(h**order); exponents are in [0, order]."""

    terms: Mapping[Fraction, Expr]
    order: Order = math.inf

    @property
    def value(self) -> Expr:
        """The limit for h -> 0+."""
        return self.terms.get(Fraction(0), ZERO)

    @property
    def lowest(self) -> Order:
        """No power of h below this one occurs."""
        return min(self.terms, default=self.order)

    def without_value(self) -> "Jet":
        return Jet({k: c for k, c in self.terms.items() if k != 0}, self.order)


class UndecidedSignError(ArithmeticError):
    """A sign that depends on A, or that no method decides: that of `quantity`, which stands before h**`exponent`."""

    def __init__(self, quantity: Expr, exponent: Fraction = Fraction(0)) -> None:
        super().__init__("the sign of a quantity at r = 1 is not decided")
        self.quantity, self.exponent = quantity, exponent


class NotSmoothError(ArithmeticError):
    """A function is used on the edge of its domain, where no rule applies."""


def jet(terms: Mapping[Fraction, Expr], order: Order = math.inf) -> Jet:
    """A jet in canonical form, cut off at `MAX_ORDER`."""
    kept = {k: canonical(c) for k, c in sorted(terms.items()) if k <= min(order, MAX_ORDER)}
    cut = any(k > MAX_ORDER for k in terms)
    return Jet({k: c for k, c in kept.items() if c != ZERO}, min(order, MAX_ORDER) if cut else order)


def constant(value: Expr) -> Jet:
    return jet({Fraction(0): value})


def plus(x: Jet, y: Jet) -> Jet:
    terms = dict(x.terms)
    for k, c in y.terms.items():
        terms[k] = add(terms[k], c) if k in terms else c
    return jet(terms, min(x.order, y.order))


def times(x: Jet, y: Jet) -> Jet:
    terms: dict[Fraction, Expr] = {}
    for j, a in x.terms.items():
        for k, b in y.terms.items():
            terms[j + k] = add(terms[j + k], mul(a, b)) if j + k in terms else mul(a, b)
    return jet(terms, min(x.order + y.lowest, y.order + x.lowest))


def scaled(x: Jet, factor: Expr) -> Jet:
    return jet({k: mul(factor, c) for k, c in x.terms.items()}, x.order)


def shifted(x: Jet, exponent: Fraction) -> Jet:
    """x * h**exponent."""
    return jet({k + exponent: c for k, c in x.terms.items()}, x.order + exponent)


class OneSided:
    """Jets on one side of r = 1, for A in one sector.

    `unsure` tells that a result rests on f being defined beside r = 1, which was not shown here.
    """

    def __init__(self, side: int, sector: Range) -> None:
        self.side, self.sector = side, sector
        self.at_one = Assumptions({ADVANTAGE: sector, RATIO: point(Fraction(1)), **DURING})
        near = Range(Fraction(1), 1 + NEAR) if side > 0 else Range(1 - NEAR, Fraction(1))
        self.beside = Assumptions({ADVANTAGE: sector, RATIO: near, **DURING})
        self.known: dict[Expr, Jet] = {RATIO: jet({Fraction(0): ONE, Fraction(1): Number(Fraction(side))})}
        if sector.lo == sector.hi:
            self.known[ADVANTAGE] = constant(Number(Fraction(sector.lo)))
        self.unsure = False

    def sign(self, quantity: Expr) -> int:
        """The sign of an expression in A, the same for all A of the sector."""
        quantity = canonical(quantity)
        found = self.at_one.range(quantity)
        if found.positive or found.negative or found.zero:
            return 1 if found.positive else -1 if found.negative else 0
        if is_zero(quantity, advantage_points(self.sector)):
            return 0
        raise UndecidedSignError(quantity)

    def leading(self, x: Jet) -> tuple[Order, int]:
        """(exponent, sign) of the first term that is not 0; (order, 0) if there is none."""
        for k in sorted(x.terms):
            try:
                sign = self.sign(x.terms[k])
            except UndecidedSignError as error:
                raise UndecidedSignError(error.quantity, k) from None
            if sign:
                return k, sign
        return x.order, 0

    def expand(self, expr: Expr) -> Jet:
        """The jet of `expr`, its switches resolved as far as they do not switch beside r = 1; errors as `of`."""
        return self.of(resolve(expr, self.beside))

    def of(self, expr: Expr) -> Jet:
        """The jet of `expr`.

        Raises:
            UndecidedSignError, NotSmoothError: it is not decided.
            ValueError: the expression divides by zero.
        """
        if expr not in self.known:
            self.known[expr] = self._apply(expr) if isinstance(expr, Apply) else constant(expr)
        return self.known[expr]

    def _apply(self, expr: Apply) -> Jet:
        if expr.op == "where":
            return self.of(self._branch(expr))
        args = [self.of(arg) for arg in expr.args]
        x = args[0]
        match expr.op:
            case "add":
                return _fold(plus, args)
            case "mul":
                return _fold(times, args)
            case "pow":
                return self._power(expr, x, args[1])
            case "relu":
                return self._larger(x, constant(ZERO), 1)
            case "max" | "min":
                direction = 1 if expr.op == "max" else -1
                return _fold(lambda a, b: self._larger(a, b, direction), args)
            case "clip":
                return self._larger(self._larger(x, args[1], 1), args[2], -1)
            case "abs":
                return self._larger(x, scaled(x, MINUS_ONE), 1)
            case "sign":
                return constant(Number(Fraction(self._side_sign(expr.args[0]))))
            case "log" if self.sign(x.value) <= 0:
                raise NotSmoothError("log at the edge of its domain")
        return _function(expr.op, x)

    def _branch(self, expr: Apply) -> Expr:
        """The branch of a where() that holds for r close to 1 on this side."""
        condition, x, y = expr.args
        assert isinstance(condition, Apply)
        sign = self._side_sign(canonical(subtract(condition.args[1], condition.args[0])))
        return x if sign > 0 or (sign == 0 and condition.op == "le") else y

    def _side_sign(self, gap: Expr) -> int:
        """The sign of `gap` for r close to 1 on this side (r = 1 excluded)."""
        beside = self.beside.range(gap)
        if beside.positive or beside.negative or beside.zero:
            return 1 if beside.positive else -1 if beside.negative else 0
        x = self.of(gap)
        _, sign = self.leading(x)
        if sign == 0 and x.order < math.inf:
            raise NotSmoothError("a switch whose condition is too flat at r = 1")
        return sign

    def _larger(self, x: Jet, y: Jet, direction: int) -> Jet:
        """max (direction 1) or min (-1)."""
        gap = plus(x, scaled(y, MINUS_ONE))
        try:
            _, sign = self.leading(gap)
        except UndecidedSignError as error:
            if error.exponent <= 1:
                raise
            return self._either(x, (1 + error.exponent) / 2)  # they differ by O(h**exponent) = o(h**order)
        if sign == 0:
            return self._either(x, gap.order)
        return x if sign == direction else y

    def _either(self, x: Jet, order: Order) -> Jet:
        return jet(x.terms, min(x.order, order))

    def _power(self, expr: Apply, x: Jet, n: Jet) -> Jet:
        base, exponent = expr.args
        if not isinstance(exponent, Number):
            if self.sign(x.value) <= 0:
                raise NotSmoothError("a power with a variable exponent whose base is not positive")
            return _function("exp", times(n, _function("log", x)))
        p = exponent.value
        if p.denominator == 1 and 0 <= p <= 8:
            return _fold(times, [constant(ONE)] + [x] * int(p))
        k, sign = self.leading(x)
        if p.denominator != 1:
            self._nonnegative_beside(base, sign)
        if sign == 0:
            if p < 0:
                raise NotSmoothError("a power at the edge of its domain")
            return Jet({}, k * p)
        if k > 0 and p < 0:
            raise NotSmoothError("a division by a quantity that tends to 0")
        assert isinstance(k, Fraction)
        c = x.terms[k]
        rest = jet({j - k: mul(a, power(c, -1)) for j, a in x.terms.items() if j > k}, x.order - k)
        inner = _smooth(ONE, Number(p), Number(p * (p - 1)), rest)
        return scaled(shifted(inner, k * p), power(c, p))

    def _nonnegative_beside(self, base: Expr, sign: int) -> None:
        """A root needs base >= 0 beside r = 1."""
        if sign < 0:
            raise NotSmoothError("the root of a quantity that is negative there")
        if sign == 0 and not self.beside.range(base).nonnegative:
            self.unsure = True


def _fold(combine: Callable[[Jet, Jet], Jet], args: list[Jet]) -> Jet:
    result = args[0]
    for arg in args[1:]:
        result = combine(result, arg)
    return result


def _smooth(value: Expr, first: Expr, second: Expr, x: Jet) -> Jet:
    """g(v + t) = g(v) + g'(v) t + g''(v) t**2/2 + o(t**2) for x = v + t, t -> 0."""
    t = x.without_value()
    series = plus(constant(value), plus(scaled(t, first), scaled(times(t, t), mul(Number(HALF), second))))
    return jet(series.terms, min(series.order, 2 * t.lowest))


def _function(op: str, x: Jet) -> Jet:
    """A smooth function of x, whose limit is inside its domain."""
    at_limit = {U.name: x.value}
    first, second = (substitute(slope, at_limit) for slope in _derivatives(op))
    return _smooth(Apply(op, (x.value,)), first, second, x)


@cache
def _derivatives(op: str) -> tuple[Expr, Expr]:
    """The first and the second derivative of a smooth function, in u."""
    first = derivative(Apply(op, (U,)), U)
    return first, derivative(first, U)


def at_ratio_one(expr: Expr, sector: Range) -> Expr:
    """f(1, A) as an expression in A, with A replaced by its value if the sector is one point.

    Branches that are not taken are dropped first: they may divide by zero there.
    """
    assume = Assumptions({ADVANTAGE: sector, RATIO: point(Fraction(1)), **DURING})
    values: dict[str, Expr] = {"r": ONE}
    if sector.lo == sector.hi:
        values["A"] = Number(Fraction(sector.lo))
    return resolve(substitute(resolve(expr, assume), values), assume)
