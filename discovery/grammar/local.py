"""Lemmas, second part: the value and the one-sided derivatives of the result at r = 1.

u(1 + d h) = value + d-slope * h + o(h) for h > 0 and d = 1 or -1, with A fixed. A kink is decided by the proved sign of
a difference of values, and where two values agree by both slopes. A slope of None says: continuous, no more is known.
"""

from dataclasses import dataclass
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.differentiate import derivative
from discovery.expression.node import (
    MINUS_ONE,
    ONE,
    ZERO,
    Apply,
    Expr,
    Number,
    Symbol,
    add,
    mul,
    power,
    substitute,
    subtract,
    symbols,
)
from discovery.expression.printer import to_text
from discovery.grammar.abstract import RefusedError, Rule
from discovery.grammar.algebra import normal
from discovery.grammar.domain import is_fixed
from discovery.grammar.model import AT_ONE, SLOPE_AT_ONE
from discovery.proof.sign import Assumptions
from discovery.proof.switches import resolve

_X = Symbol("u")


@dataclass(frozen=True)
class Jet:
    """value + slope * h + o(h)."""

    value: Expr
    slope: Expr | None


def check_slope(rule: Rule, pieces: dict[tuple[int, int], Expr]) -> None:
    """The value at r = 1 is 0 and both one-sided derivatives are what the contract says, for every A.

    Raises:
        RefusedError: that is not proved.
    """
    assert rule.contract.slope is not None
    for direction in (1, -1):
        for j in rule.signs_of_advantage:
            reader = _Reader(rule, direction, j)
            side = j or next(sign for sign in rule.signs_of_advantage if sign)
            found = reader.jet(_at_advantage(pieces[direction, side], j))
            wanted = reader.simple(mul(Number(Fraction(direction)), reader.slope_of(rule.contract.slope)))
            where = "" if j > 0 else " for A < 0" if j < 0 else " at A = 0"
            if found.value != ZERO:
                raise RefusedError(f"its value at r = 1 is {to_text(found.value)}{where}")
            if found.slope is None:
                raise RefusedError(f"its slope at r = 1 is not known{where}")
            if reader.simple(subtract(found.slope, wanted)) != ZERO:
                slope = reader.simple(mul(Number(Fraction(direction)), found.slope))
                right = to_text(reader.simple(mul(Number(Fraction(direction)), wanted)))
                raise RefusedError(f"its slope at r = 1 is {to_text(slope)}, not {right}{where}")


def check_differentiable(rule: Rule, pieces: dict[tuple[int, int], Expr]) -> None:
    """The result has a derivative at r = 1, for every A.

    Raises:
        RefusedError: that is not proved.
    """
    for (direction, j), piece in pieces.items():
        for sign in (j, 0):
            if _Reader(rule, direction, sign).jet(_at_advantage(piece, sign)).slope is None:
                raise RefusedError("its slope at r = 1 is not known")


def _at_advantage(piece: Expr, j: int) -> Expr:
    return piece if j else canonical(substitute(piece, {"A": ZERO}))


class _Reader:
    """Jets of the subexpressions of a piece, for one direction and one sign of A."""

    def __init__(self, rule: Rule, direction: int, j: int) -> None:
        self._rule, self._direction, self._j = rule, Number(Fraction(direction)), j
        self._assume: Assumptions = rule.at_edge((0, j))
        self._positive = rule.positive | ({"A"} if j > 0 else frozenset())
        self._moving = {"r"} | {name for name, slot in rule.slots.items() if not slot.free_of >= {"r"}}

    def simple(self, expr: Expr) -> Expr:
        """The normal form at r = 1, with the kinks resolved that the sign of A decides."""
        return normal(resolve(normal(canonical(expr), self._positive), self._assume), self._positive)

    def slope_of(self, slope: Expr) -> Expr:
        """A promised slope, at A = 0 if that is the case at hand."""
        return slope if self._j else canonical(substitute(slope, {"A": ZERO}))

    def jet(self, expr: Expr) -> Jet:
        """The jet of an expression.

        Raises:
            RefusedError: a kink is not decided, or a root is taken of what may be 0.
        """
        if not symbols(expr) & self._moving:
            return self._jet(self._rule.on_edge(expr, (0, self._j)), ZERO)
        match expr:
            case Symbol(name):
                return self._symbol(name)
            case Apply("add", terms):
                jets = [self.jet(term) for term in terms]
                return self._jet(add(*(j.value for j in jets), ZERO), _sum([j.slope for j in jets]))
            case Apply("mul", (first, *rest)):
                result = self.jet(first)
                for factor in rest:
                    result = self._product(result, self.jet(factor))
                return result
            case Apply("pow", (base, exponent)):
                return self._power(self.jet(base), exponent)
            case Apply("max" | "min" as op, (first, *rest)):
                result = self.jet(first)
                for other in rest:
                    result = self._extremum(op, result, self.jet(other))
                return result
            case Apply("clip", (x, low, high)):
                return self._extremum("min", self._extremum("max", self.jet(x), self.jet(low)), self.jet(high))
            case Apply("relu", (x,)):
                return self._extremum("max", self.jet(x), Jet(ZERO, ZERO))
            case Apply("abs", (x,)):
                inner = self.jet(x)
                minus = self._jet(mul(MINUS_ONE, inner.value), _scaled(MINUS_ONE, inner.slope))
                return self._extremum("max", inner, minus)
            case Apply(op, (x,)):
                inner = self.jet(x)
                outer = substitute(derivative(Apply(op, (_X,)), _X), {"u": inner.value})
                return self._jet(Apply(op, (inner.value,)), _scaled(outer, inner.slope))
        raise RefusedError(f"the slope of {to_text(expr)} at r = 1 is not known")

    def _jet(self, value: Expr, slope: Expr | None) -> Jet:
        return Jet(self.simple(value), None if slope is None else self.simple(slope))

    def _symbol(self, name: str) -> Jet:
        if name == "r":
            return Jet(ONE, self._direction)
        slot = self._rule.slots[name]
        if self._j == 0 and slot.zero_at_zero:
            return Jet(ZERO, ZERO)
        if slot.slope is not None:
            return self._jet(ZERO, mul(self._direction, self.slope_of(slot.slope)))
        slope = mul(self._direction, Symbol(name + SLOPE_AT_ONE)) if slot.smooth else None
        return self._jet(Symbol(name + AT_ONE), slope)

    def _product(self, x: Jet, y: Jet) -> Jet:
        """(x + x' h)(y + y' h); where x = 0, y need only be continuous."""
        if x.slope is None and y.slope is None:
            return self._jet(mul(x.value, y.value), None)
        terms = [ZERO if x.value == ZERO else _scaled(x.value, y.slope)]
        terms.append(ZERO if y.value == ZERO else _scaled(y.value, x.slope))
        return self._jet(mul(x.value, y.value), _sum(terms))

    def _power(self, base: Jet, exponent: Expr) -> Jet:
        if symbols(exponent) & self._moving:
            return self._varying_power(base, exponent)
        value = power(base.value, exponent)
        if isinstance(exponent, Number) and exponent.value.denominator == 1:
            if base.value == ZERO and exponent.value < 0:
                raise RefusedError("it divides by 0 at r = 1")
            return self._power_rule(value, base, exponent)
        found = self._assume.range(base.value)
        steep = not (is_fixed(self._rule, exponent) and self._assume.range(exponent).lo > 1)
        if base.value == ZERO:
            if steep:
                raise RefusedError(f"the power {to_text(exponent)} of what is 0 at r = 1 may have no slope there")
            return Jet(ZERO, None if base.slope is None else ZERO)
        if steep and not found.positive:
            raise RefusedError(f"a power of {to_text(base.value)}, which may be 0 at r = 1, may have no slope there")
        return self._power_rule(value, base, exponent)

    def _power_rule(self, value: Expr, base: Jet, exponent: Expr) -> Jet:
        if base.slope == ZERO:
            return self._jet(value, ZERO)
        outer = mul(exponent, power(base.value, canonical(add(exponent, MINUS_ONE))))
        return self._jet(value, _scaled(outer, base.slope))

    def _varying_power(self, base: Jet, exponent: Expr) -> Jet:
        """b**e = exp(e log b), for b > 0."""
        if not self._assume.range(base.value).positive:
            raise RefusedError(f"the base {to_text(base.value)} is not proved to be positive")
        log = self._jet(Apply("log", (base.value,)), _scaled(power(base.value, -1), base.slope))
        inner = self._product(self.jet(exponent), log)
        value = power(base.value, self.jet(exponent).value)
        return self._jet(value, _scaled(value, inner.slope))

    def _extremum(self, op: str, x: Jet, y: Jet) -> Jet:
        gap = self.simple(subtract(x.value, y.value))
        if gap == ZERO:
            slopes = None if x.slope is None or y.slope is None else Apply(op, (x.slope, y.slope))
            return self._jet(x.value, slopes)
        found = self._assume.range(gap)
        if found.nonzero:
            return x if found.positive == (op == "max") else y
        if x.slope is not None and x.slope == y.slope:
            return self._jet(Apply(op, (x.value, y.value)), x.slope)
        raise RefusedError(f"it may have a kink at r = 1: the sign of {to_text(gap)} is not known")


def _sum(slopes: list[Expr | None]) -> Expr | None:
    known = [slope for slope in slopes if slope is not None]
    return add(*known, ZERO) if len(known) == len(slopes) else None


def _scaled(factor: Expr, slope: Expr | None) -> Expr | None:
    return None if slope is None else mul(factor, slope)
