"""Constants of a proposal: which of them are open, fitting them again, and snapping them to short ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.optimize import least_squares

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import Apply, Expr, Number, Symbol, number, substitute
from discovery.regression.backends.yardstick import Yardstick
from discovery.regression.snap import MAX_DIGITS, round_to

SPECK = 1e-6  # a constant that may well be 0
MOST_FITTED = 10  # open constants; with more, each is rounded alone
_TIGHT = 1e-15  # exact constants are wanted, not good ones
_DENOMINATORS = (3, 6, 7, 9, 11, 12)


@dataclass(frozen=True)
class Opened:
    """A formula whose long constants are the symbols c1, c2, ..., with their values [k]."""

    expr: Expr
    names: tuple[str, ...]
    values: tuple[Fraction, ...]

    def closed(self, values: dict[str, Fraction]) -> Expr:
        """The canonical formula for these constants."""
        return canonical(substitute(self.expr, {name: Number(value) for name, value in values.items()}))


def is_short(value: Fraction) -> bool:
    """Whether a constant needs no snapping: two significant digits, an integer up to 100, or such as 5/3 and 1/1.7."""
    if value.denominator == 1 and abs(value) <= 100:
        return True
    if abs(value) < SPECK:
        return False
    return value in (round_to(float(value), 2), *_fractions(float(value)), 1 / round_to(1 / float(value), 2))


def opened(expr: Expr) -> Opened:
    """The formula with its long constants open; equal constants are one symbol, for engines copy subtrees."""
    names: dict[Fraction, str] = {}

    def visit(node: Expr) -> Expr:
        match node:
            case Number(value) if not is_short(value):
                return Symbol(names.setdefault(value, f"c{len(names) + 1}"))
            case Apply(op, args):
                return Apply(op, tuple(map(visit, args)))
        return node

    return Opened(visit(expr), tuple(names.values()), tuple(names))


def refitted(expr: Expr, stick: Yardstick) -> Expr:
    """The formula with its open constants at the nearest least squares; itself if that is no better."""
    form = opened(expr)
    if not 0 < len(form.names) <= MOST_FITTED:
        return expr
    values = _fit(form, dict(zip(form.names, form.values, strict=True)), form.names, stick, 40)
    try:
        better = form.closed(values)
    except ValueError:
        return expr
    return better if stick.loss(better) < stick.loss(expr) else expr


def snapped(expr: Expr, stick: Yardstick) -> Expr:
    """The formula with each constant as short as the yardstick allows, the constants after it adjusting to it."""
    form = opened(expr)
    values = dict(zip(form.names, form.values, strict=True))
    for index, name in enumerate(form.names):
        later = form.names[index + 1 :] if len(form.names) <= MOST_FITTED else ()
        for short in short_forms(float(values[name])):
            trial = {**values, name: short}
            if later and not _fits(form, trial, stick):
                trial = _fit(form, trial, later, stick, 8)
            if _fits(form, trial, stick):
                values = trial
                break
    try:
        return form.closed(values)
    except ValueError:
        return expr


def short_forms(value: float) -> Iterator[Fraction]:
    """Short constants near a value: 0, decimals of 1 to 3 digits, fractions, reciprocals of decimals, longer decimals.

    Reciprocals, because c tanh(u/c) is flat at u = 0 only if its two constants have the product 1.
    """
    if abs(value) < 1e-3:
        yield Fraction(0)
    for digits in (1, 2, 3):
        yield round_to(value, digits)
    yield from _fractions(value)
    if SPECK < abs(value) < 1 / SPECK:
        for digits in (2, 3):
            yield 1 / round_to(1 / value, digits)
    for digits in range(4, MAX_DIGITS + 1):
        yield round_to(value, digits)


def _fractions(value: float) -> Iterator[Fraction]:
    for denominator in _DENOMINATORS:
        found = Fraction(round(value * denominator), denominator)
        if found.denominator == denominator and abs(float(found) - value) <= 2e-4 * abs(value) and abs(value) <= 20:
            yield found


def _fits(form: Opened, values: dict[str, Fraction], stick: Yardstick) -> bool:
    try:
        return stick.equal(form.closed(values))
    except ValueError:  # a division by zero
        return False


def _fit(
    form: Opened, values: dict[str, Fraction], free: tuple[str, ...], stick: Yardstick, evaluations: int
) -> dict[str, Fraction]:
    """`values` with those of `free` fitted."""
    places = {"r": stick.ratio, "A": stick.advantage, **{name: float(value) for name, value in values.items()}}
    try:
        formula = stick.combine(form.expr)
    except ValueError:
        return values
    root = np.sqrt(stick.weight)

    def residual(theta: np.ndarray) -> np.ndarray:
        at = {**places, **dict(zip(free, theta.tolist(), strict=True))}
        error = (evaluate(formula, at) - stick.drift) * root
        return np.nan_to_num(error, nan=1e6, posinf=1e6, neginf=-1e6)

    start = np.array([float(values[name]) for name in free])
    found = least_squares(
        residual,
        start,
        x_scale=np.maximum(np.abs(start), 1e-3),
        xtol=_TIGHT,
        ftol=_TIGHT,
        gtol=_TIGHT,
        max_nfev=evaluations,
    )
    return {**values, **{name: number(repr(float(x))).value for name, x in zip(free, found.x, strict=True)}}
