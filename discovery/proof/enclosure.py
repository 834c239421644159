"""Rigorous values of an expression: exact rationals as long as possible, arb balls after that.

A ball contains the true value. So `v < 0` is evidence, while `not (v < 0)` is not evidence of anything, and a ball
that is not finite is evidence of nothing. flint's precision is global: every function here restores it.
"""

from collections.abc import Mapping
from fractions import Fraction

from flint import arb, ctx, fmpq

from discovery.expression.node import Apply, Expr, Number, Symbol

Value = fmpq | arb
MAX_EXACT_BITS = 60_000


class UndefinedError(ArithmeticError):
    """The expression is certainly not a real number at this point."""


class UndecidedError(ArithmeticError):
    """The balls are too wide to tell."""


def to_fmpq(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def to_fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def ball_between(lo: Fraction, hi: Fraction) -> arb:
    """A ball that contains [lo, hi]."""
    return arb(to_fmpq(lo)).union(arb(to_fmpq(hi)))


def exact_end(value: arb) -> Fraction:
    """An exact (radius 0) ball as a rational."""
    mantissa, exponent = value.man_exp()
    m, e = int(mantissa), int(exponent)
    if abs(e) > MAX_EXACT_BITS:
        raise UndecidedError("a bound with too many digits")
    return Fraction(m) * Fraction(2) ** e


def bounds(value: Value) -> tuple[Fraction, Fraction]:
    """Rationals with lower <= value <= upper."""
    if isinstance(value, fmpq):
        return to_fraction(value), to_fraction(value)
    if not value.is_finite():
        raise UndecidedError("the enclosure is not finite")
    return exact_end(value.lower()), exact_end(value.upper())


def evaluate(expr: Expr, values: Mapping[str, Value], precision: int) -> Value:
    """An exact rational equal to the value, or a ball that contains it.

    Args:
        expr: the expression.
        values: an exact rational or a ball for each symbol. For balls, the result encloses f over all of them.
        precision: working precision in bits.

    Raises:
        UndefinedError: f is certainly not a real number there (only for exact arguments).
        UndecidedError: it cannot be told whether f is a real number there.
    """
    with ctx.workprec(precision):
        return _evaluate(expr, values, {})


def _evaluate(expr: Expr, values: Mapping[str, Value], known: dict[Expr, Value]) -> Value:
    if isinstance(expr, Number):
        return to_fmpq(expr.value)
    if isinstance(expr, Symbol):
        return values[expr.name]
    if expr not in known:
        known[expr] = _apply(expr, values, known)
    return known[expr]


def _apply(expr: Apply, values: Mapping[str, Value], known: dict[Expr, Value]) -> Value:
    if expr.op == "where":
        condition, x, y = expr.args
        assert isinstance(condition, Apply)
        holds = _compare(condition, values, known)
        if holds is not None:
            return _evaluate(x if holds else y, values, known)
        try:
            return as_ball(_evaluate(x, values, known)).union(as_ball(_evaluate(y, values, known)))
        except UndefinedError as error:
            raise UndecidedError(str(error)) from None
    args = [_evaluate(arg, values, known) for arg in expr.args]
    if expr.op == "pow" and not isinstance(expr.args[1], Number) and not args[0] > 0:  # whatever the exponent is here
        raise UndefinedError("a power whose base is not positive") if args[0] <= 0 else UndecidedError("a power")
    if all(isinstance(arg, fmpq) for arg in args):
        exact = _exact(expr.op, [arg for arg in args if isinstance(arg, fmpq)])
        if exact is not None:
            return exact
    if expr.op == "mul" and any(isinstance(arg, fmpq) and arg == 0 for arg in args):
        return fmpq(0)
    return _inexact(expr.op, args)


def _compare(condition: Apply, values: Mapping[str, Value], known: dict[Expr, Value]) -> bool | None:
    left, right = (_evaluate(arg, values, known) for arg in condition.args)
    strict = condition.op == "lt"
    if isinstance(left, fmpq) and isinstance(right, fmpq):
        return bool(left < right) if strict else bool(left <= right)
    difference = as_ball(right) - as_ball(left)
    if difference > 0:
        return True
    if difference < 0:
        return False
    if strict and difference <= 0:
        return False
    return True if not strict and difference >= 0 else None


def as_ball(value: Value) -> arb:
    return value if isinstance(value, arb) else arb(value)


def size(value: fmpq) -> int:
    return int(value.p).bit_length() + int(value.q).bit_length()


def _exact(op: str, args: list[fmpq]) -> fmpq | None:
    """The exact value, where it is rational and of reasonable size."""
    if sum(map(size, args)) > MAX_EXACT_BITS:
        return None
    x = args[0]
    match op:
        case "add":
            return sum(args[1:], x)
        case "mul":
            product = x
            for arg in args[1:]:
                product = product * arg
            return product
        case "pow":
            return _exact_power(x, args[1])
        case "abs":
            return abs(x)
        case "relu":
            return max(x, fmpq(0))
        case "sign":
            return fmpq((x > 0) - (x < 0))
        case "max":
            return max(args)
        case "min":
            return min(args)
        case "clip":
            return min(max(x, args[1]), args[2])
        case "exp" | "cosh" | "sech" if x == 0:
            return fmpq(1)
        case "tanh" | "sinh" | "atan" | "asinh" if x == 0:
            return fmpq(0)
        case "log" if x == 1:
            return fmpq(0)
        case "sigmoid" if x == 0:
            return fmpq(1, 2)
    return None


def _exact_power(base: fmpq, exponent: fmpq) -> fmpq | None:
    if exponent.q == 1 and abs(int(exponent.p)) * size(base) <= MAX_EXACT_BITS:
        n = int(exponent.p)
        if n < 0 and base == 0:
            raise UndefinedError("division by zero")
        return base**n
    if exponent.q != 1:
        if base < 0:
            raise UndefinedError("a negative number to a fractional power")
        if base == 0 and exponent < 0:
            raise UndefinedError("division by zero")
        if base == 0 or base == 1:
            return base
        if exponent.q == 2 and abs(int(exponent.p)) * size(base) <= MAX_EXACT_BITS:
            p, q = base.p.isqrt(), base.q.isqrt()
            if p * p == base.p and q * q == base.q:
                return fmpq(p, q) ** int(exponent.p)
    return None


def _inexact(op: str, args: list[Value]) -> arb:
    if op == "pow":
        return _ball_power(args[0], args[1])
    balls = [as_ball(arg) for arg in args]
    x = balls[0]
    match op:
        case "add":
            return sum(balls[1:], x)
        case "mul":
            product = x
            for ball in balls[1:]:
                product = product * ball
            return product
        case "log":
            if x <= 0:
                raise UndefinedError("the logarithm of a number that is not positive")
            if not x > 0:
                raise UndecidedError("log at a ball around 0")
            return x.log()
        case "exp":
            return x.exp()
        case "tanh":
            return x.tanh()
        case "sinh":
            return x.sinh()
        case "cosh":
            return x.cosh()
        case "sech":
            return x.sech()
        case "atan":
            return x.atan()
        case "asinh":
            return x.asinh()
        case "sigmoid":
            return 1 / (1 + (-x).exp()) if not x < 0 else x.exp() / (1 + x.exp())
        case "softplus":
            return x.exp().log1p() if not x > 0 else x + (-x).exp().log1p()
        case "abs":
            return abs(x)
        case "sign":
            return arb(1) if x > 0 else arb(-1) if x < 0 else arb(-1).union(arb(1))
        case "relu":
            return x.max(arb(0))
        case "max" | "min":
            best = x
            for ball in balls[1:]:
                best = best.max(ball) if op == "max" else best.min(ball)
            return best
        case "clip":
            return x.max(balls[1]).min(balls[2])
    raise TypeError(f"no enclosure for {op}")


def _ball_power(base: Value, exponent: Value) -> arb:
    x, y = as_ball(base), as_ball(exponent)
    if isinstance(exponent, fmpq) and exponent.q == 1:
        n = int(exponent.p)
        if n < 0 and not (x > 0 or x < 0):
            raise UndefinedError("division by zero") if x.is_zero() else UndecidedError("division by a ball around 0")
        return x**n if abs(n) < 2**31 else _huge_power(x, y, n)
    if x < 0:
        raise UndefinedError("a negative number to a fractional power")
    if isinstance(exponent, fmpq) and exponent > 0:
        if x > 0:
            return x**y
        if exponent.q == 2 and x >= 0:
            return x.sqrt() ** int(exponent.p)
        raise UndecidedError("a fractional power of a ball around 0")
    if x <= 0:
        raise UndefinedError("a power whose base is not positive")
    if not x > 0:
        raise UndecidedError("a power of a ball around 0")
    return (y * x.log()).exp()


def _huge_power(x: arb, y: arb, n: int) -> arb:
    if not (x > 0 or x < 0):
        raise UndecidedError("a huge power of a ball around 0")
    size = (y * abs(x).log()).exp()
    return size if x > 0 or n % 2 == 0 else -size
