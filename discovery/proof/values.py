"""f at an exact point, or over a segment: a short rational between 0 and f, on its side of 0."""

from collections.abc import Mapping
from fractions import Fraction

from flint import arb, fmpq

from discovery.expression.node import Expr
from discovery.proof.enclosure import UndecidedError, Value, as_ball, ball_between, evaluate, size, to_fmpq, to_fraction

PRECISIONS = (64, 256, 1024, 4096, 16384)
MAX_SHOWN_BITS = 12_000  # Python writes integers of at most 4,300 digits


def value_at(expr: Expr, r: Fraction, A: Fraction, precisions: tuple[int, ...] = PRECISIONS) -> Fraction | None:
    """f(r, A) if that is rational and short, else a rational that lies between 0 and f(r, A), on its side of 0.

    So a negative answer b says f(r, A) <= b < 0, a positive one 0 < b <= f(r, A), and 0 says f(r, A) = 0. None if no
    precision tells the sign.

    Raises:
        UndefinedError: f(r, A) is certainly not a real number.
    """
    return _bound(expr, {"r": to_fmpq(r), "A": to_fmpq(A)}, precisions)


def value_over(expr: Expr, others: Mapping[str, Value], symbol: str, low: Fraction, high: Fraction) -> Fraction | None:
    """As `value_at`, for all values of `symbol` in [low, high] at once."""
    return _bound(expr, {**others, symbol: to_fmpq(low) if low == high else ball_between(low, high)}, PRECISIONS[1:2])


def _bound(expr: Expr, values: Mapping[str, Value], precisions: tuple[int, ...]) -> Fraction | None:
    for precision in precisions:
        try:
            value = evaluate(expr, values, precision)
        except (UndecidedError, OverflowError):
            continue
        if isinstance(value, fmpq) and size(value) <= MAX_SHOWN_BITS:
            return to_fraction(value)
        ball = as_ball(value)
        if ball.is_finite() and (ball > 0 or ball < 0):
            return _towards_zero(ball)
    return None


def _towards_zero(ball: arb) -> Fraction | None:
    """A short rational strictly on the ball's side of 0, and no further from 0 than any number of the ball."""
    sign = 1 if ball > 0 else -1
    mantissa, exponent = (ball.lower() if sign > 0 else -ball.upper()).man_exp()
    m, e = int(mantissa), int(exponent)
    excess = max(m.bit_length() - 53, 0)
    m, e = m >> excess, e + excess
    if e + m.bit_length() > MAX_SHOWN_BITS:
        return Fraction(sign)
    return sign * Fraction(m) * Fraction(2) ** e if m and e > -MAX_SHOWN_BITS else None
