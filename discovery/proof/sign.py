"""Ranges of expressions under assumptions: the sign structure of a formula, read off exactly.

An `Assumptions` object says where r and A (or a new variable u) lie and which other quantities are bounded there. A
range is sound by construction: every rule maps ranges of the arguments to a set that contains all values.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from flint import arb, ctx

from discovery.expression.canonical import canonical
from discovery.expression.node import MINUS_ONE, ONE, Apply, Expr, Number, Symbol, add, mul
from discovery.proof import ranges
from discovery.proof.enclosure import exact_end, to_fmpq
from discovery.proof.products import factored
from discovery.proof.ranges import INF, NONNEGATIVE, POSITIVE, REALS, End, Range

_AT_ZERO = {"exp": 1, "cosh": 1, "sech": 1, "tanh": 0, "sinh": 0, "atan": 0, "asinh": 0, "sigmoid": Fraction(1, 2)}
_HALF_PI = Fraction(1570796326794897, 10**15)  # a little more than pi/2
_INCREASING = {  # on all reals: the infimum and the supremum, which are not attained
    "exp": (Fraction(0), INF),
    "tanh": (Fraction(-1), Fraction(1)),
    "sinh": (-INF, INF),
    "sigmoid": (Fraction(0), Fraction(1)),
    "softplus": (Fraction(0), INF),
    "asinh": (-INF, INF),
    "atan": (-_HALF_PI, _HALF_PI),
}


class Assumptions:
    """Bounds on symbols and on other (canonical) expressions that hold in the case at hand."""

    def __init__(self, bounds: Mapping[Expr, Range]) -> None:
        self.bounds = dict(bounds)
        self.known: dict[Expr, Range] = {}

    def range(self, expr: Expr) -> Range:
        """A range that contains `expr` wherever the assumptions hold and it is defined."""
        if isinstance(expr, Number):
            return ranges.point(expr.value)
        if expr not in self.known:
            found = REALS if isinstance(expr, Symbol) else _range(expr, self)
            found = ranges.intersect(found, self._bound(expr))
            self.known[expr] = found
        return self.known[expr]

    def _bound(self, expr: Expr) -> Range:
        """What the assumptions say about `expr` directly: expr = scale * rest + shift with a bound on rest."""
        if not self.bounds:
            return REALS
        scale, rest, shift = normal_form(expr)
        bound = self.bounds.get(rest)
        if bound is None:
            return REALS
        return ranges.add(ranges.multiply(bound, ranges.point(scale)), ranges.point(shift))

    def with_bound(self, expr: Expr, bound: Range) -> "Assumptions | None":
        """The case in which `expr` also lies in `bound`; None if that is impossible."""
        scale, rest, shift = normal_form(expr)
        if scale == 0:
            return self if not ranges.intersect(ranges.point(shift), bound).empty else None
        wanted = ranges.multiply(ranges.add(bound, ranges.point(-shift)), ranges.point(1 / scale))
        narrowed = ranges.intersect(self.range(rest), wanted)
        if narrowed.empty:
            return None
        case = Assumptions({**self.bounds, rest: narrowed})
        for inner, inner_bound in _consequences(rest, narrowed):
            following = case.with_bound(inner, inner_bound)
            if following is None:
                return None
            case = following
        return case

    def case(self, condition: Expr, holds: bool) -> "Assumptions | None":
        """The case in which a comparison holds (or not); None if that is impossible."""
        assert isinstance(condition, Apply)
        left, right = condition.args
        strict = condition.op == "lt"
        difference = canonical(add(right, mul(Number(Fraction(-1)), left)))  # >= 0, or > 0 if strict, if it holds
        bound = Range(lo=Fraction(0), lo_open=strict)
        if not holds:
            bound = Range(hi=Fraction(0), hi_open=not strict)
        return self.with_bound(difference, bound)


@lru_cache(maxsize=1 << 14)
def normal_form(expr: Expr) -> tuple[Fraction, Expr, Fraction]:
    """expr = scale * rest + shift, where rest has no constant term and its first coefficient is 1."""
    if isinstance(expr, Number):
        return Fraction(0), ONE, expr.value
    shift, terms = Fraction(0), [expr]
    if isinstance(expr, Apply) and expr.op == "add":
        terms = [term for term in expr.args if not isinstance(term, Number)]
        shift = sum((term.value for term in expr.args if isinstance(term, Number)), Fraction(0))
    first = terms[0]
    scale = Fraction(1)
    if isinstance(first, Apply) and first.op == "mul" and isinstance(first.args[0], Number):
        scale = first.args[0].value
    if scale == 0:
        return Fraction(1), expr, Fraction(0)
    if scale != 1:
        terms = [canonical(mul(Number(1 / scale), term)) for term in terms]
    rest = terms[0] if len(terms) == 1 else canonical(Apply("add", tuple(terms)))
    return scale, rest, shift


def _consequences(expr: Expr, bound: Range) -> list[tuple[Expr, Range]]:
    """Bounds on an argument that follow from a bound on an invertible function of it."""
    match expr:
        case Apply("abs", (x,)) if bound.hi != INF:
            return [(x, Range(-bound.hi, bound.hi, bound.hi_open, bound.hi_open))]
        case Apply("log", (x,)):
            lo = Fraction(0) if bound.lo == -INF else rounded("exp", bound.lo, -1)
            hi = INF if bound.hi == INF else rounded("exp", bound.hi, 1)
            found = [(x, Range(lo, hi, lo == 0, hi == INF))]
            for end, side in ((bound.lo, NONNEGATIVE), (bound.hi, ranges.negate(NONNEGATIVE))):
                if isinstance(end, Fraction) and end != 0:  # exp(end) is irrational: x - exp(end) keeps it exactly
                    found.append((canonical(add(x, mul(MINUS_ONE, Apply("exp", (Number(end),))))), side))
            return found
        case Apply("exp", (x,)) if bound.lo > 0:
            hi = INF if bound.hi == INF else rounded("log", bound.hi, 1)
            return [(x, Range(rounded("log", bound.lo, -1), hi, False, hi == INF))]
    return []


def rounded(op: str, end: End, direction: int) -> End:
    """The value of an increasing function at an end, rounded down (-1) or up (+1) to a rational."""
    if isinstance(end, float):
        return _INCREASING[op][0 if end < 0 else 1] if op in _INCREASING else end
    if op in ("exp", "sinh", "cosh", "softplus") and abs(end) > 500:
        return _beyond(op, Fraction(end), direction)
    if abs(end) > 2**1000:
        lo, hi = _INCREASING.get(op, (-INF, INF))
        return lo if direction < 0 else hi
    with ctx.workprec(96):
        x = arb(to_fmpq(Fraction(end)))
        value = {"sigmoid": lambda: 1 / (1 + (-x).exp()), "softplus": lambda: x.exp().log1p()}.get(
            op, lambda: getattr(x, op)()
        )()
        return exact_end(value.lower() if direction < 0 else value.upper())


def _beyond(op: str, end: Fraction, direction: int) -> End:
    """Bounds at |x| > 500 without large numbers: exp(x), cosh(x) > x**2 and softplus(x) > x for x > 0."""
    if end > 0:
        return INF if direction > 0 else (end if op == "softplus" else end * end)
    if op == "sinh":
        return -INF if direction < 0 else -end * end
    if op == "cosh":
        return INF if direction > 0 else end * end
    return Fraction(0) if direction < 0 else Fraction(1, 10**9)


def _increasing(op: str, x: Range) -> Range:
    at_zero = _AT_ZERO.get(op)
    infimum, supremum = _INCREASING.get(op, (-INF, INF))

    def end(value: End, is_open: bool, direction: int) -> tuple[End, bool]:
        if isinstance(value, float):
            return (infimum if direction < 0 else supremum), True
        if value == 0 and at_zero is not None:
            return Fraction(at_zero), is_open
        found = rounded(op, value, direction)
        limit = infimum if direction < 0 else supremum
        return found, isinstance(found, float) or found == limit

    lo, lo_open = end(x.lo, x.lo_open, -1)
    hi, hi_open = end(x.hi, x.hi_open, 1)
    return ranges.intersect(Range(lo, hi, lo_open, hi_open), Range(infimum, supremum))


def _range(expr: Apply, assume: Assumptions) -> Range:
    op = expr.op
    if op == "where":
        condition, x, y = expr.args
        cases = [(assume.case(condition, True), x), (assume.case(condition, False), y)]
        found = [case.range(branch) for case, branch in cases if case is not None]
        return found[0] if len(found) == 1 else ranges.union(*found) if found else REALS
    args = [assume.range(arg) for arg in expr.args]
    x = args[0]
    match op:
        case "add":
            found = _fold(ranges.add, args)
            pulled = expr if found.nonnegative or found.nonpositive else factored(expr)
            return found if pulled == expr else ranges.intersect(found, assume.range(canonical(pulled)))
        case "mul":
            return _fold(ranges.multiply, args)
        case "pow":
            return _power(x, expr.args[1], args[1])
        case "abs":
            return ranges.absolute(x)
        case "relu":
            return ranges.maximum(x, ranges.point(Fraction(0)))
        case "max":
            return _fold(ranges.maximum, args)
        case "min":
            return _fold(ranges.minimum, args)
        case "clip":
            return ranges.minimum(ranges.maximum(x, args[1]), args[2])
        case "sign":
            lo = 1 if x.positive else 0 if x.nonnegative else -1
            hi = -1 if x.negative else 0 if x.nonpositive else 1
            return Range(Fraction(lo), Fraction(hi), False, False)
        case "log":
            return _log(x)
        case "cosh" | "sech":
            size = ranges.absolute(x)
            hi = INF if size.hi == INF else rounded("cosh", size.hi, 1)
            lo = Fraction(1) if size.lo == 0 else rounded("cosh", size.lo, -1)
            cosh = Range(lo, hi, size.lo == 0 and size.lo_open, hi == INF)
            return cosh if op == "cosh" else ranges.invert(cosh)
    return _increasing(op, x) if op in _INCREASING else REALS


def _fold(combine, args: list[Range]) -> Range:
    result = args[0]
    for arg in args[1:]:
        result = combine(result, arg)
    return result


def _log(x: Range) -> Range:
    x = ranges.intersect(x, POSITIVE)  # where the logarithm is defined
    if x.empty:
        return REALS

    def end(value: End, is_open: bool, direction: int) -> tuple[End, bool]:
        if isinstance(value, float) or value == 0:
            return direction * INF, True
        return (Fraction(0), is_open) if value == 1 else (rounded("log", value, direction), False)

    lo, lo_open = end(x.lo, x.lo_open, -1)
    hi, hi_open = end(x.hi, x.hi_open, 1)
    return Range(lo, hi, lo_open, hi_open)


def _power(base: Range, exponent: Expr, exponent_range: Range) -> Range:
    if not isinstance(exponent, Number):
        if not base.positive:
            return NONNEGATIVE  # of an undefined or a positive base; 0 for a base of 0
        if base.lo >= 1 and exponent_range.nonnegative:
            return Range(Fraction(1), INF, False)
        return POSITIVE
    value = exponent.value
    if value.denominator == 1:
        n = abs(value.numerator)
        if n == 0:
            return ranges.point(Fraction(1))
        try:
            powered = ranges.integer_power(base, n)
        except OverflowError:
            powered = NONNEGATIVE if n % 2 == 0 or base.nonnegative else REALS
        if value > 0:
            return powered
        if n % 2 == 0 and not base.nonzero:
            return POSITIVE if powered.lo == 0 else ranges.invert(powered)
        return ranges.invert(powered)
    return _root(ranges.intersect(base, NONNEGATIVE), value)


def _root(base: Range, value: Fraction) -> Range:
    """The range of x**value for a fraction value and x >= 0."""
    if base.empty:
        return NONNEGATIVE

    def end(bound: End, is_open: bool, direction: int) -> tuple[End, bool]:
        if isinstance(bound, float):
            return INF, True
        if bound == 0 or bound == 1:
            return bound, is_open
        folded = canonical(Apply("pow", (Number(Fraction(bound)), Number(abs(value)))))
        if isinstance(folded, Number):
            return folded.value, is_open
        if max(bound, 1 / bound) > 2**500 or abs(value) > 64:
            weak = (Fraction(0) if bound < 1 else Fraction(1)) if direction < 0 else (Fraction(1) if bound < 1 else INF)
            return weak, True
        with ctx.workprec(96):
            ball = arb(to_fmpq(Fraction(bound))) ** arb(to_fmpq(abs(value)))
            return exact_end(ball.lower() if direction < 0 else ball.upper()), False

    lo, lo_open = end(base.lo, base.lo_open, -1)
    hi, hi_open = end(base.hi, base.hi_open, 1)
    powered = Range(lo, hi, lo_open, hi_open)
    if value > 0:
        return powered
    return ranges.invert(powered) if powered.positive else POSITIVE
