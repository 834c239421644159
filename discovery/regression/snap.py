"""Fitted constants to short exact ones: first snapped, then proved, so that the verdict covers what is printed."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from discovery.expression.canonical import canonical
from discovery.expression.node import Expr, Number, substitute
from discovery.grammar.enumerate import Skeleton
from discovery.regression.fit import Fit, Rows, refine

MAX_DIGITS = 6
_DENOMINATOR = 12
_EXACT = 1e-13  # of the drift's power: a loss that tells a constant to about seven digits


def round_to(value: float, digits: int) -> Fraction:
    """The decimal with so many significant digits that is nearest to `value`, exactly."""
    return Fraction(f"{value:.{digits - 1}e}")


def short_forms(value: float, *, fractions: bool) -> Iterator[Fraction]:
    """Exact numbers near `value`, the shortest first: decimals of one and two digits, fractions, longer decimals."""
    yield round_to(value, 1)
    yield round_to(value, 2)
    if fractions:
        yield Fraction(value).limit_denominator(_DENOMINATOR)
    yield from (round_to(value, digits) for digits in range(3, MAX_DIGITS + 1))


def snap(skeleton: Skeleton, fit: Fit, rows: Rows, *, tolerance: float) -> tuple[Expr, Fit]:
    """The formula with short constants, and those constants with its loss.

    One constant after the other, the roundest first, takes the shortest form for which the loss, after the others have
    adjusted, stays below (1 + tolerance) times the fitted loss; a loss of nearly zero counts as zero. Fractions such as
    1/3 are tried where the fit is exact; noise does not call for them.
    """
    limit = (1 + tolerance) * fit.loss + _EXACT * rows.power
    constants, loss = fit.constants.copy(), fit.loss
    exact: dict[int, Fraction] = {}
    fractions = fit.loss <= _EXACT * rows.power
    for index in sorted(range(len(constants)), key=lambda i: _roughness(float(constants[i]))):
        low, high = skeleton.constants[index].low, skeleton.constants[index].high
        fitted = float(constants[index])
        forms = [form for form in short_forms(fitted, fractions=fractions) if low <= float(form) <= high]
        forms = forms or [Fraction(fitted)]
        for value in forms:
            trial = constants.copy()
            trial[index] = float(value)
            attempt = refine(skeleton, trial[None, :], rows, frozen=[*exact, index], iterations=15)
            if attempt.loss <= limit or value == forms[-1]:
                exact[index], constants, loss = value, attempt.constants, attempt.loss
                break
    values: dict[str, Expr] = {name: Number(exact[index]) for index, name in enumerate(skeleton.names)}
    return canonical(substitute(skeleton.expr, values)), Fit(constants, loss)


def _roughness(value: float) -> float:
    """How far a number is from its two-digit decimal, relatively."""
    return float(np.abs(float(round_to(value, 2)) / value - 1))
