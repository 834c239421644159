"""Fitted constants to short exact ones: first snapped, then proved, so that the verdict covers what is printed."""

from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import Expr, Number, substitute
from discovery.grammar.enumerate import Skeleton
from discovery.regression.fit import Fit, refine
from discovery.regression.table import DriftTable

MAX_DIGITS = 4


def round_to(value: float, digits: int) -> Fraction:
    """The decimal with so many significant digits that is nearest to `value`, exactly."""
    return Fraction(f"{value:.{digits - 1}e}")


def snap(skeleton: Skeleton, fit: Fit, table: DriftTable, *, tolerance: float, floor: float) -> tuple[Expr, float]:
    """The formula with short constants, and its loss.

    One constant after the other takes the fewest digits (1 to 4) for which the loss, after the others have adjusted,
    stays below (1 + tolerance) times the fitted loss plus `floor`.
    """
    limit = (1 + tolerance) * fit.loss + floor
    constants = fit.constants.copy()
    exact: dict[int, Fraction] = {}
    loss = fit.loss
    for index in range(len(constants)):
        for digits in range(1, MAX_DIGITS + 1):
            value = round_to(float(constants[index]), digits)
            trial = constants.copy()
            trial[index] = float(value)
            attempt = refine(skeleton, trial[None, :], table, frozen=[*exact, index], iterations=15)
            if attempt.loss <= limit or digits == MAX_DIGITS:
                exact[index], constants, loss = value, attempt.constants, attempt.loss
                break
    values: dict[str, Expr] = {name: Number(exact[index]) for index, name in enumerate(skeleton.names)}
    return canonical(substitute(skeleton.expr, values)), loss
