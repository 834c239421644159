"""What in a table no valid drift can fit: where it is negative, and where it is not zero or not flat at r = 1."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.expression.evaluate import evaluate
from discovery.regression.fit import Array
from discovery.regression.front import Candidate
from discovery.regression.table import DriftTable

_BINS = (12, 6)  # of log r and of A, at quantiles
_LEAST_ROWS = 16
_SIGMAS = 4.0  # a violation is at least so many standard errors large ...
_SHARE = 0.02  # ... and so large a share of the drift's standard deviation
_MOSTLY = 0.75  # of the error that is left
_NEAR = (0.08, 0.25)  # |log r| of the rows that tell value and slopes at r = 1
_BANDS = 4  # of A, for that


@dataclass(frozen=True)
class Misfit:
    """A condition of a valid drift that the table itself breaks.

    Attributes:
        condition: "nonnegative", "zero" or "flat".
        ratio, advantage: about where.
        value: the mean of f there ("nonnegative"), f(1, A) ("zero"), or a one-sided slope at r = 1 ("flat").
        error: its standard error.
    """

    condition: str
    ratio: float
    advantage: float
    value: float
    error: float

    def to_json(self) -> dict[str, Any]:
        """The record kept in a run directory."""
        return {
            "condition": self.condition,
            "ratio": self.ratio,
            "advantage": self.advantage,
            "value": self.value,
            "error": self.error,
        }

    def __str__(self) -> str:
        place = f"A about {self.advantage:.3g}"
        number = f"{self.value:.3g} +- {self.error:.1g}"
        match self.condition:
            case "nonnegative":
                return f"it is {number} around r = {self.ratio:.3g}, {place}; a valid drift is >= 0"
            case "zero":
                return f"at r = 1, {place}, it is {number}; a valid drift is 0 there"
        side = "above" if self.ratio > 1 else "below"
        return f"its slope in r at r = 1 from {side}, {place}, is {number}; a valid drift is flat there"


def misfits(table: DriftTable, best: Candidate | None) -> list[Misfit]:
    """The worst violation of each condition, as far as noise cannot explain it.

    Noise is judged by what is left within a bin (or around the local fit), so that a table with noise around a valid
    drift gives an empty list.

    Args:
        table: the values.
        best: the most accurate formula found, whose error tells how much there is to explain; None if there is none.
    """
    if best is not None and best.nmse < 1e-6:
        return []
    scale = _SHARE * np.sqrt(table.power)
    residual = table.drift if best is None else table.drift - evaluate(best.expr, table.variables())
    found = [*_negative(table, residual, scale), *_at_one(table, scale)]
    if not any(item.condition == "nonnegative" for item in found):
        found += _mostly_negative(table, best)
    worst: dict[str, Misfit] = {}
    for item in found:
        known = worst.get(item.condition)
        if known is None or abs(item.value) > abs(known.value):
            worst[item.condition] = item
    return list(worst.values())


def _negative(table: DriftTable, residual: Array, scale: float) -> list[Misfit]:
    found = []
    for rows in _bins(np.log(table.ratio), table.advantage):
        mean, error = table.drift[rows].mean(), residual[rows].std() / np.sqrt(len(rows))
        spread = table.drift[rows].max() <= 0  # every value of the bin is negative: no noise needed to explain it
        if mean < -scale and (mean < -_SIGMAS * error or spread):
            found.append(_misfit("nonnegative", table, rows, float(mean), float(error)))
    return found


def _mostly_negative(table: DriftTable, best: Candidate | None) -> list[Misfit]:
    """For tables too small to be cut into bins: negative values that make up nearly all of what the best fit leaves.

    Any f >= 0 leaves at least the squares of the negative values. Noise around f >= 0 is negative half of the time at
    most, so it makes up half of what is left.
    """
    share = table.weight / table.weight.sum()
    negative = np.minimum(table.drift, 0.0)
    least = float(share @ negative**2) / table.power
    if least < 4 * _SHARE**2 or least < _MOSTLY * (1.0 if best is None else best.nmse):
        return []
    rows = np.flatnonzero(negative < 0)
    rows = rows[np.argsort(negative[rows] * share[rows])][: max(1, len(rows) // 4)]
    deviation = float(table.drift[rows].std() / np.sqrt(len(rows)))
    return [_misfit("nonnegative", table, rows, float(table.drift[rows].mean()), deviation)]


def _bins(*columns: Array) -> list[np.ndarray]:
    """The rows of each cell of a grid of quantiles."""
    numbers = np.zeros(len(columns[0]), dtype=int)
    for column, count in zip(columns, _BINS, strict=True):
        edges = np.unique(np.quantile(column, np.linspace(0, 1, count + 1)[1:-1]))
        numbers = numbers * count + np.searchsorted(edges, column, side="right")
    order = np.argsort(numbers, kind="stable")
    cells = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    return [cell for cell in cells if len(cell) >= _LEAST_ROWS]


def _at_one(table: DriftTable, scale: float) -> list[Misfit]:
    """Value and one-sided slopes at r = 1 in bands of A, if a narrow and a wide neighbourhood agree on them.

    A kink elsewhere (a clip at 1.2) or a third derivative bends the fit of one neighbourhood, not of both alike.
    """
    edges = np.quantile(table.advantage, np.linspace(0, 1, _BANDS + 1)[1:-1])
    bands = np.searchsorted(edges, table.advantage, side="right")
    found = []
    for band in range(_BANDS):
        fits = [_local_fit(table, np.flatnonzero((bands == band) & (np.abs(np.log(table.ratio)) < w))) for w in _NEAR]
        if any(fit is None for fit in fits):
            continue
        (narrow, narrow_errors), (wide, wide_errors) = fits  # type: ignore[misc]
        reach = np.array([1.0, _NEAR[1], _NEAR[1]])  # slopes count by what they amount to
        clear = (np.abs(narrow) > _SIGMAS * narrow_errors) & (np.abs(wide) > _SIGMAS * wide_errors)
        clear &= (narrow * wide > 0) & (np.minimum(np.abs(narrow), np.abs(wide)) * reach > scale)
        rows = np.flatnonzero(bands == band)
        for index, (condition, ratio) in enumerate((("zero", 1.0), ("flat", 1 + _NEAR[0]), ("flat", 1 - _NEAR[0]))):
            if clear[index]:
                value, error = float(narrow[index]), float(narrow_errors[index])
                found.append(_misfit(condition, table, rows, value, error, ratio=ratio))
    return found


def _local_fit(table: DriftTable, rows: np.ndarray) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Value and slopes above and below r = 1, and their standard errors: least squares on 1, x+, x-, x+^2, x-^2.

    The slope and the value of bands of A vary with A, so both may also be multiples of A.
    """
    if len(rows) < _LEAST_ROWS:
        return None
    x, a = table.ratio[rows] - 1, table.advantage[rows]
    up, down, tilt = np.maximum(x, 0), np.minimum(x, 0), a - a.mean()
    basis = np.stack([np.ones_like(x), up, down, up**2, down**2, tilt, up * tilt, down * tilt], axis=1)
    solution, _, rank, _ = np.linalg.lstsq(basis, table.drift[rows], rcond=None)
    if rank < basis.shape[1]:
        return None
    left = table.drift[rows] - basis @ solution
    variance = left @ left / (len(rows) - basis.shape[1])
    errors = np.sqrt(np.diag(np.linalg.inv(basis.T @ basis)) * variance)
    return solution[:3], errors[:3]


def _misfit(
    condition: str, table: DriftTable, rows: np.ndarray, value: float, error: float, *, ratio: float | None = None
) -> Misfit:
    place = float(np.exp(np.mean(np.log(table.ratio[rows])))) if ratio is None else ratio
    return Misfit(condition, place, float(table.advantage[rows].mean()), value, error)
