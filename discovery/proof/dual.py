"""Directional dual numbers at r = 1: (one-sided limit, one-sided slope), exactly, as functions of A.

For a side sigma = +-1, f(1 + sigma h, A) = value + slope h + o(h) for h -> 0+. At a tie max takes the larger slope, min
the smaller, abs the absolute slope; where() takes the branch that holds on that side. The chain rule is used for
smooth functions only, inside their domain. A slope that may be infinite or is not known is None; it still may
cancel: (x y)' = x' v if x -> 0 and y -> v, because x = x' h + o(h).

The values are symbolic in A: one computation covers all A of a sector (A > 0, A = 0, A < 0, or a part of it).
"""

from dataclasses import dataclass
from fractions import Fraction

from discovery.expression.canonical import canonical
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
    Symbol,
    add,
    mul,
    power,
    substitute,
    subtract,
    symbols,
)
from discovery.proof.advantage import advantage_points
from discovery.proof.ranges import Range
from discovery.proof.sign import Assumptions
from discovery.proof.structure import ABOVE, BELOW
from discovery.proof.switches import resolve
from discovery.proof.zero import is_zero


@dataclass(frozen=True)
class Dual:
    """One-sided limit and slope, expressions in A alone; slope None if it is unknown or infinite."""

    value: Expr
    slope: Expr | None
    infinite: bool = False  # whether the difference quotient certainly tends to +-infinity


class UndecidedSignError(ArithmeticError):
    """A sign that depends on A, or that no method decides; `quantity` is what the sign is of."""

    def __init__(self, quantity: Expr) -> None:
        super().__init__("the sign of a quantity at r = 1 is not decided")
        self.quantity = quantity


class NotSmoothError(ArithmeticError):
    """A function is used on the edge of its domain, where no rule applies."""


class OneSided:
    """Dual arithmetic on one side of r = 1, for A in one sector.

    `unsure` tells that a result rests on f being defined beside r = 1, which was not shown here.
    """

    def __init__(self, side: int, sector: Range) -> None:
        self.side, self.sector = side, sector
        self.at_one = Assumptions({ADVANTAGE: sector, RATIO: Range(Fraction(1), Fraction(1), False, False)})
        self.beside = Assumptions({ADVANTAGE: sector, RATIO: ABOVE if side > 0 else BELOW})
        self.known: dict[Expr, Dual] = {}
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

    def of(self, expr: Expr) -> Dual:
        """The dual number of `expr`.

        Raises:
            UndecidedSignError, NotSmoothError: it is not decided.
            ValueError: the expression divides by zero.
        """
        if isinstance(expr, Number):
            return Dual(expr, ZERO)
        if isinstance(expr, Symbol):
            if expr == RATIO:
                return Dual(ONE, Number(Fraction(self.side)))
            return Dual(Number(Fraction(self.sector.lo)) if self.sector.lo == self.sector.hi else expr, ZERO)
        if expr not in self.known:
            found = self._apply(expr)
            slope = None if found.slope is None else canonical(found.slope)
            self.known[expr] = Dual(canonical(found.value), slope, found.infinite)
        return self.known[expr]

    def _apply(self, expr: Apply) -> Dual:
        if expr.op == "where":
            return self.of(self._branch(expr))
        if expr.op == "pow":
            return self._power(expr)
        args = [self.of(arg) for arg in expr.args]
        x = args[0]
        match expr.op:
            case "add":
                value, slopes = add(*(arg.value for arg in args)), [arg.slope for arg in args if arg.slope is not None]
                if len(slopes) == len(args):
                    return Dual(value, add(*slopes))
                rest = [arg for arg in args if arg.slope is None]
                return Dual(value, None, infinite=len(rest) == 1 and rest[0].infinite)
            case "mul":
                for arg in args[1:]:
                    x = self._product(x, arg)
                return x
            case "relu":
                return self._larger(x, Dual(ZERO, ZERO), 1)
            case "max" | "min":
                for arg in args[1:]:
                    x = self._larger(x, arg, 1 if expr.op == "max" else -1)
                return x
            case "clip":
                return self._larger(self._larger(x, args[1], 1), args[2], -1)
            case "abs":
                return self._absolute(x)
            case "sign":
                return self._sign(expr.args[0], x)
            case "log":
                if self.sign(x.value) <= 0:
                    raise NotSmoothError("log at the edge of its domain")
                return Dual(Apply("log", (x.value,)), _chain(power(x.value, -1), x.slope))
        if expr.op in _DERIVATIVES:
            return Dual(Apply(expr.op, (x.value,)), _chain(_DERIVATIVES[expr.op](x.value), x.slope))
        raise NotSmoothError(f"no rule for {expr.op}")

    def _branch(self, expr: Apply) -> Expr:
        """The branch of a where() that holds for r close to 1 on this side."""
        condition, x, y = expr.args
        assert isinstance(condition, Apply)
        gap = canonical(subtract(condition.args[1], condition.args[0]))
        strict = condition.op == "lt"
        sign = self._side_sign(gap)
        return x if sign > 0 or (sign == 0 and not strict) else y

    def _side_sign(self, gap: Expr) -> int:
        """The sign of `gap` for r close to 1 on this side (r = 1 excluded)."""
        beside = self.beside.range(gap)
        if beside.positive or beside.negative or beside.zero:
            return 1 if beside.positive else -1 if beside.negative else 0
        if "r" not in symbols(gap):
            return self.sign(self.of(gap).value)
        dual = self.of(gap)
        sign = self.sign(dual.value)
        if sign == 0:
            if dual.slope is None:
                raise UndecidedSignError(gap)
            sign = self.sign(dual.slope)
            if sign == 0:
                raise NotSmoothError("a switch whose condition is flat at r = 1")
        return sign

    def _product(self, x: Dual, y: Dual) -> Dual:
        value = canonical(mul(x.value, y.value))
        if x.slope is not None and y.slope is not None:
            return Dual(value, add(mul(x.slope, y.value), mul(x.value, y.slope)))
        if x.slope is not None and self._vanishes(x.value):
            return Dual(value, mul(x.slope, y.value))
        if y.slope is not None and self._vanishes(y.value):
            return Dual(value, mul(y.slope, x.value))
        for one, other in ((x, y), (y, x)):  # a steep factor times one that tends to a number other than 0
            if one.infinite and self._vanishes(one.value) and other.slope is not None and self._steep(other.value):
                return Dual(value, None, infinite=True)
        return Dual(value, None)

    def _vanishes(self, value: Expr) -> bool:
        try:
            return self.sign(value) == 0
        except UndecidedSignError:
            return False

    def _steep(self, slope: Expr) -> bool:
        try:
            return self.sign(slope) != 0
        except UndecidedSignError:
            return False

    def _larger(self, x: Dual, y: Dual, direction: int) -> Dual:
        """max (direction 1) or min (-1): the value decides, at a tie the slope."""
        sign = direction * self.sign(subtract(x.value, y.value))
        if sign == 0:
            if x.slope is None or y.slope is None:
                return Dual(x.value, None)
            sign = direction * self.sign(subtract(x.slope, y.slope))
        return x if sign >= 0 else y

    def _absolute(self, x: Dual) -> Dual:
        sign = self.sign(x.value)
        if sign == 0:
            return Dual(ZERO, None if x.slope is None else Apply("abs", (x.slope,)), x.infinite)
        return x if sign > 0 else Dual(mul(MINUS_ONE, x.value), _chain(MINUS_ONE, x.slope), x.infinite)

    def _sign(self, argument: Expr, x: Dual) -> Dual:
        sign = self._side_sign(argument)
        return Dual(Number(Fraction(sign)), ZERO)

    def _power(self, expr: Apply) -> Dual:
        base, exponent = expr.args
        x = self.of(base)
        if not isinstance(exponent, Number):
            if self.sign(x.value) <= 0:
                raise NotSmoothError("a power with a variable exponent whose base is not positive")
            n = self.of(exponent)
            value = Apply("pow", (x.value, n.value))
            if x.slope is None or n.slope is None:
                return Dual(value, None)
            growth = add(mul(n.slope, Apply("log", (x.value,))), mul(n.value, x.slope, power(x.value, -1)))
            return Dual(value, mul(value, growth))
        n = exponent.value
        value = power(x.value, n)
        if n.denominator == 1 and n >= 1:
            if x.slope is None and n >= 2 and self._vanishes(x.value):
                return Dual(value, None)
            return Dual(value, _chain(mul(Number(n), power(x.value, n - 1)) if n > 1 else ONE, x.slope))
        sign = self.sign(x.value)
        if sign > 0 or (sign < 0 and n.denominator == 1):
            return Dual(value, _chain(mul(Number(n), power(x.value, n - 1)), x.slope))
        if sign == 0 and n > 0:
            self._nonnegative_beside(base, x)
        if sign == 0 and n > 1 and x.slope is not None:
            return Dual(ZERO, ZERO)  # (s h + o(h))**n = o(h)
        if sign == 0 and n > 0:
            root = _perfect_root(base, n)
            if root is not None:
                return self.of(root)
            steep = n < 1 and (x.infinite or (x.slope is not None and self._steep(x.slope)))
            return Dual(ZERO, None, infinite=steep)
        raise NotSmoothError("a power at the edge of its domain")

    def _nonnegative_beside(self, base: Expr, x: Dual) -> None:
        """A root needs base >= 0 beside r = 1, where it is close to 0."""
        if self.beside.range(base).nonnegative:
            return
        slope = 0 if x.slope is None else self.sign(x.slope)
        if slope < 0:
            raise NotSmoothError("the root of a quantity that is negative there")
        self.unsure = self.unsure or slope == 0


def _chain(derivative: Expr, slope: Expr | None) -> Expr | None:
    return None if slope is None else mul(derivative, slope)


def _perfect_root(base: Expr, n: Fraction) -> Expr | None:
    """base**n for a product of even powers and constants: (c x**2 y**4)**(1/2) = c**(1/2) |x| |y|**2."""
    factors = []
    for factor in base.args if isinstance(base, Apply) and base.op == "mul" else (base,):
        match factor:
            case Number(value) if value > 0:
                factors.append(power(factor, n))
            case Apply("pow", (inner, Number(k))) if k.denominator == 1 and k.numerator % 2 == 0 and k > 0:
                factors.append(power(Apply("abs", (inner,)), k * n))
            case _:
                return None
    return canonical(factors[0] if len(factors) == 1 else mul(*factors))


def _sigmoid_slope(v: Expr) -> Expr:
    s = Apply("sigmoid", (v,))
    return mul(s, subtract(ONE, s))


_DERIVATIVES = {
    "exp": lambda v: Apply("exp", (v,)),
    "tanh": lambda v: subtract(ONE, power(Apply("tanh", (v,)), 2)),
    "sinh": lambda v: Apply("cosh", (v,)),
    "cosh": lambda v: Apply("sinh", (v,)),
    "sech": lambda v: mul(MINUS_ONE, Apply("sech", (v,)), Apply("tanh", (v,))),
    "sigmoid": _sigmoid_slope,
    "softplus": lambda v: Apply("sigmoid", (v,)),
    "atan": lambda v: power(add(ONE, power(v, 2)), -1),
    "asinh": lambda v: power(add(ONE, power(v, 2)), -HALF),
}


def at_ratio_one(expr: Expr, sector: Range) -> Expr:
    """f(1, A) as an expression in A, with A replaced by its value if the sector is one point.

    Branches that are not taken are dropped first: they may divide by zero there.
    """
    assume = Assumptions({ADVANTAGE: sector, RATIO: Range(Fraction(1), Fraction(1), False, False)})
    values: dict[str, Expr] = {"r": ONE}
    if sector.lo == sector.hi:
        values["A"] = Number(Fraction(sector.lo))
    return resolve(substitute(resolve(expr, assume), values), assume)
